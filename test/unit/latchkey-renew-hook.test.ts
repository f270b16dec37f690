import type { RenewalAnswer, RenewalRequest, RenewHook } from 'latchkey'
import { settableClock } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import {
  asking,
  codeOf,
  history,
  holding,
  never,
  openEngine,
  payloadOf,
  plain,
  proved,
  second,
  settled,
  start,
} from '../helpers/engine.ts'

const engineWith = async (renew: RenewHook, options = {}) => {
  const engine = await openEngine({ renew, ...options })
  const [held] = await history(engine.latchkey, { ...proved, claims: { role: 'reader' } }, 0)
  return { ...engine, held: held! }
}

describe('the renew hook', () => {
  test('is told of the session, its claims and who asks', async () => {
    const asked: RenewalRequest[] = []
    const { latchkey, held } = await engineWith((request) => void asked.push(request))
    const origin = () => ({ place: '192.0.2.0' })
    await latchkey.refresh({ ...asking(held), origin })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toEqual({
      session: expect.objectContaining({ subject: 'ada', generation: 1 }),
      claims: { role: 'reader' },
      origin: origin(),
    })
    expect(JSON.stringify(asked)).not.toContain(held.refreshToken.slice(5))
  })

  test.each([
    ['nothing', undefined],
    ['nothing, later', Promise.resolve(undefined)],
  ])('lets the session go on as it is where it answers %s', async (_what, answer) => {
    const { latchkey, held } = await engineWith(() => answer)
    const { accessToken, session } = await latchkey.refresh(asking(held))
    expect([payloadOf(accessToken)['role'], session.generation]).toEqual(['reader', 2])
  })

  test('renews the claims of the access token', async () => {
    const { latchkey, held } = await engineWith(async () => ({ claims: { role: 'editor', team: [1] } }))
    const { accessToken } = await latchkey.refresh(asking(held))
    expect(payloadOf(accessToken)).toMatchObject({ role: 'editor', team: [1] })
    expect((await latchkey.verify(accessToken)).claims).toMatchObject({ role: 'editor' })
  })

  test('takes claims away', async () => {
    const { latchkey, held } = await engineWith(() => ({ claims: {} }))
    expect(payloadOf((await latchkey.refresh(asking(held))).accessToken)).not.toHaveProperty('role')
  })

  test('is asked for an older token too', async () => {
    let role = 'first'
    const { latchkey, held } = await engineWith(() => ({ claims: { role } }))
    await latchkey.refresh(asking(held))
    role = 'second'
    expect(payloadOf((await latchkey.refresh(asking(held))).accessToken)['role']).toBe('second')
  })

  test('ends the session durably by a refusal (I10)', async () => {
    const { latchkey, held, heard, store } = await engineWith(() => ({ refuse: true }))
    const { accessToken } = await latchkey.signIn(plain)
    expect(await codeOf(latchkey.refresh(asking(held)))).toBe('renewal_refused')
    expect(heard.at(-1)).toMatchObject({ name: 'revoked', event: { reason: 'renewal_refused' } })
    expect(await store.revokedSince(0, 10)).toHaveLength(1)
    expect(await codeOf(latchkey.refresh(asking(held)))).toBe('session_ended')
    expect(await codeOf(latchkey.verify(accessToken))).toBe('ok')
  })

  test('refuses the access tokens of the session from the same moment', async () => {
    let refuse = false
    const { latchkey, held } = await engineWith(() => (refuse ? { refuse: true as const } : undefined))
    const answer = await latchkey.refresh(asking(held))
    await latchkey.verify(answer.accessToken)
    refuse = true
    expect(await codeOf(latchkey.refresh(asking(holding(held, answer))))).toBe('renewal_refused')
    expect(await codeOf(() => latchkey.seen(answer.accessToken))).toBe('access_ended')
  })

  const broken: readonly (readonly [string, RenewHook])[] = [
    [
      'throws',
      () => {
        throw new Error('secret of the application')
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret of the application'))],
    ['answers null', () => null as unknown as undefined],
    ['answers a text', () => 'no' as unknown as undefined],
    ['answers an empty object', () => ({}) as unknown as undefined],
    ['answers claims that are none', () => ({ claims: 'admin' }) as unknown as RenewalAnswer],
    ['answers no claims', () => ({ claims: undefined }) as unknown as RenewalAnswer],
    ['names a claim of the token itself', () => ({ claims: { sub: 'eve' } })],
    ['answers claims that are no JSON', () => ({ claims: { a: 1n } }) as unknown as RenewalAnswer],
    ['answers claims that are too large', () => ({ claims: { a: 'x'.repeat(5000) } })],
  ]
  test.each(broken)(
    'is an outage when it %s: nothing has moved, and nothing is said of why (I3, I4)',
    async (_what, renew) => {
      const { latchkey, held, store, heard } = await engineWith(renew)
      const before = await store.list({ subject: 'ada', limit: 1 })
      const error = await latchkey.refresh(asking(held)).catch((error: unknown) => error)
      expect(error).toMatchObject({ code: 'store_unavailable' })
      expect(JSON.stringify(error) + (error as Error).message).not.toContain('secret')
      expect(await store.list({ subject: 'ada', limit: 1 })).toEqual(before)
      expect(heard.map(({ name }) => name)).toEqual(['signed_in'])
    },
  )

  test('that refuses with false has not refused', async () => {
    const { latchkey, held, store } = await engineWith(() => ({ refuse: false }) as unknown as RenewalAnswer)
    expect(await codeOf(latchkey.refresh(asking(held)))).not.toBe('renewal_refused')
    expect((await store.list({ subject: 'ada', limit: 1 }))[0]?.revokedAt).toBeNull()
  })

  test('is an outage when it takes too long, and no sooner; nothing has moved', async () => {
    const { latchkey, held, clock, store } = await engineWith(never, { hookSeconds: 3 })
    let over = false
    const pending = codeOf(latchkey.refresh(asking(held))).finally(() => (over = true))
    await settled()
    clock.advance(3 * second - 1)
    await settled()
    expect(over).toBe(false)
    clock.advance(1)
    expect(await pending).toBe('store_unavailable')
    expect((await store.list({ subject: 'ada', limit: 1 }))[0]?.generation).toBe(1)
  })

  test('leaves no timer behind when it has answered (I7)', async () => {
    const clock = settableClock(start)
    const waiting = new Set<number>()
    const after = (ms: number, call: () => void): (() => void) => {
      waiting.add(ms)
      const cancel = clock.ports.after(ms, call)
      return () => {
        waiting.delete(ms)
        cancel()
      }
    }
    const { latchkey } = await openEngine(
      { renew: () => undefined, hookSeconds: 3 },
      { ...clock, ports: { ...clock.ports, after } },
    )
    const [held] = await history(latchkey, plain, 0)
    await latchkey.refresh(asking(held!))
    await settled()
    expect(waiting).not.toContain(3 * second)
  })

  test('may reject after it was given up, and nobody is the worse for it', async () => {
    let reject: (error: Error) => void = () => undefined
    const { latchkey, held, clock } = await engineWith(() => new Promise((_, no) => (reject = no)))
    const pending = codeOf(latchkey.refresh(asking(held)))
    await settled()
    clock.advance(2 * second)
    expect(await pending).toBe('store_unavailable')
    reject(new Error('late'))
    await settled()
  })

  test('cannot bring back a session that is ended while it thinks (I10)', async () => {
    let answer = (): void => undefined
    const { latchkey, held } = await engineWith(() => new Promise((resolve) => (answer = () => resolve(undefined))))
    const pending = codeOf(latchkey.refresh(asking(held)))
    await settled()
    await latchkey.revokeAll('ada')
    answer()
    expect(await pending).toBe('session_ended')
  })

  test('does not make two successors of one token when fifty requests race (I2)', async () => {
    const { latchkey, held } = await engineWith(async () => ({ claims: { role: 'x' } }))
    const answers = await Promise.all(Array.from({ length: 50 }, () => latchkey.refresh(asking(held))))
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1)
  })

  test('that is slow makes no thief of a second tab: either the options are refused, or both tabs are served', async () => {
    let waiting: (() => void)[] = []
    const renew: RenewHook = () => new Promise<undefined>((resolve) => waiting.push(() => resolve(undefined)))
    const proceed = async (): Promise<void> => {
      for (const go of waiting.splice(0)) go()
      await settled()
    }
    const opening = openEngine({ renew, hookSeconds: 30 })
    if ((await codeOf(opening)) === 'option_invalid') return
    const { latchkey, clock } = await opening
    const [held] = await history(latchkey, plain, 0)
    const first = codeOf(latchkey.refresh(asking(held!)))
    await settled()
    clock.advance(10 * second + 1)
    const other = codeOf(latchkey.refresh(asking(held!)))
    await settled()
    await proceed()
    expect([await first, await other]).toEqual(['ok', 'ok'])
  })

  test('is not asked about tokens that are refused anyway, nor at sign-in', async () => {
    let asked = 0
    const { latchkey, held } = await engineWith(() => void (asked += 1))
    await codeOf(latchkey.refresh({ token: held.refreshToken, transport: 'body' }))
    await codeOf(latchkey.refresh({ token: 'lkr1_', transport: 'body' }))
    await latchkey.revokeAll('ada')
    await codeOf(latchkey.refresh(asking(held)))
    expect(asked).toBe(0)
  })
})
