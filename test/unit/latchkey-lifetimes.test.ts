import { describe, expect, test } from 'vitest'
import {
  asking,
  codeOf,
  day,
  history,
  holding,
  minute,
  openEngine,
  payloadOf,
  plain,
  proved,
  second,
  start,
  type Held,
  type OpenedEngine,
} from '../helpers/engine.ts'

/** Refreshes every `step` until it is refused: the instant of the last success, and the refusal. */
async function refreshUntilRefused(
  { latchkey, clock }: OpenedEngine,
  first: Held,
  step: number,
): Promise<[number, string]> {
  let held = first
  for (let last = clock.now(); ; last = clock.now()) {
    clock.advance(step)
    const answer = await latchkey.refresh(asking(held)).catch((error: { code: string }) => error)
    if ('code' in answer) return [last, answer.code]
    held = holding(held, answer)
  }
}

describe('the idle life of a session', () => {
  test('slides with every refresh (NI-3)', async () => {
    const { latchkey, clock, store } = await openEngine()
    const [held] = await history(latchkey, plain, 0)
    clock.advance(13 * day)
    const answer = await latchkey.refresh(asking(held!))
    expect(answer.session.expiresAt).toBe(start + 27 * day)
    expect((await store.list({ subject: 'ada', limit: 1 }))[0]).toMatchObject({
      rotatedAt: start + 13 * day,
      idleExpiresAt: start + 27 * day,
    })
  })

  test('ends to the millisecond where nobody refreshes (RT-8, SE-5)', async () => {
    for (const [ms, expected] of [
      [14 * day - 1, 'ok'],
      [14 * day, 'token_expired'],
      [15 * day, 'token_expired'],
    ] as const) {
      const { latchkey, clock, heard } = await openEngine()
      const [held] = await history(latchkey, plain, 0)
      clock.advance(ms)
      expect(await codeOf(latchkey.refresh(asking(held!)))).toBe(expected)
      expect(heard.at(-1)!.name).toBe(expected === 'ok' ? 'renewed' : 'expired')
    }
  })

  test('is not prolonged by an older token that is answered again (NI-3)', async () => {
    const { latchkey, clock, store } = await openEngine()
    const held = await history(latchkey, plain, 1)
    const before = await store.list({ subject: 'ada', limit: 1 })
    clock.advance(5 * second)
    await latchkey.refresh(asking(held[0]!))
    expect(await store.list({ subject: 'ada', limit: 1 })).toEqual(before)
  })
})

describe('the absolute life of a session', () => {
  test('ends it however busy it is (RT-7, SE-5, NI-1)', async () => {
    const engine = await openEngine()
    const [held] = await history(engine.latchkey, plain, 0)
    expect(await refreshUntilRefused(engine, held!, day)).toEqual([start + 29 * day, 'token_expired'])
  })

  test('is the end that the owner sees when it comes first', async () => {
    const { latchkey, clock } = await openEngine({ idleSeconds: 1000, absoluteSeconds: 1500 })
    const [held] = await history(latchkey, plain, 0)
    clock.advance(900 * second)
    expect((await latchkey.refresh(asking(held!))).session.expiresAt).toBe(start + 1500 * second)
  })
})

describe('an access token', () => {
  test('never outlives its session, also when the session is about to end', async () => {
    const { latchkey, clock } = await openEngine({ accessSeconds: 600, idleSeconds: 3600, absoluteSeconds: 3600 })
    const [held] = await history(latchkey, plain, 0)
    clock.advance(3600 * second - 30 * second)
    const answer = await latchkey.refresh(asking(held!))
    expect(answer.expiresInSeconds).toBe(30)
    expect(payloadOf(answer.accessToken)['exp']).toBe(start / second + 3600)
    clock.advance(30 * second)
    expect(await codeOf(latchkey.verify(answer.accessToken))).toBe('access_expired')
  })

  test('says how long it lives from the answer on', async () => {
    const { latchkey, clock } = await openEngine()
    const [held] = await history(latchkey, plain, 0)
    clock.advance(999)
    const { accessToken, expiresInSeconds } = await latchkey.refresh(asking(held!))
    clock.advance(expiresInSeconds * second - 1000)
    expect(await codeOf(latchkey.verify(accessToken))).toBe('ok')
    clock.advance(1000)
    expect(await codeOf(latchkey.verify(accessToken))).toBe('access_expired')
  })

  test('keeps the instant at which the user proved who he is, through every refresh (RT-15)', async () => {
    const { latchkey, clock } = await openEngine()
    let held: Held = await latchkey.signIn({ ...proved, authTime: start - minute })
    for (let round = 0; round < 5; round += 1) {
      clock.advance(10 * minute)
      const answer = await latchkey.refresh(asking(held))
      held = holding(held, answer)
      expect(payloadOf(answer.accessToken)['auth_time']).toBe((start - minute) / second)
      expect(payloadOf(answer.accessToken)['iat']).toBe(clock.now() / second)
    }
  })
})

describe('a clock that goes back', () => {
  test('signs nobody out (I3, OP-4)', async () => {
    const { latchkey, clock } = await openEngine()
    const held = await history(latchkey, proved, 1)
    clock.set(start - 30 * minute)
    const answer = await latchkey.refresh(asking(held.at(-1)!)).catch((error: { nonce: string }) => error)
    const nonce = 'refreshToken' in answer ? answer.nonce : answer.nonce
    expect(await codeOf(latchkey.refresh(asking({ ...held.at(-1)!, nonce })))).toBe('ok')
  })
})
