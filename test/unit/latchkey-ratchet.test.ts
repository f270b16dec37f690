import { generateKeys } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { describe, expect, test } from 'vitest'
import {
  asking,
  codeOf,
  day,
  history,
  holding,
  keys,
  minute,
  openEngine,
  plain,
  proofFor,
  proved,
  second,
  withVerbs,
  type OpenedEngine,
} from '../helpers/engine.ts'

const successorOf = (tokens: { readonly refreshToken: string }): string => tokens.refreshToken

/** Another engine on a store as a backup would bring it back, in which the session is `lost` generations younger. */
async function setBack(engine: OpenedEngine, lost: number): Promise<OpenedEngine> {
  const store = memoryStore()
  await store.identify(await engine.store.identify({ environment: '', keys: new Map() }))
  for (const row of await engine.store.list({ subject: 'ada', limit: 10 })) {
    await store.insert({ ...row, generation: row.generation - lost }, { max: 10, evict: false })
  }
  return openEngine({ store }, engine.clock)
}

describe('a proved session', () => {
  test('issues one successor when fifty requests race (I2, OP-1)', async () => {
    const { latchkey, heard } = await openEngine()
    const [first] = await history(latchkey, proved, 0)
    const answers = await Promise.all(Array.from({ length: 50 }, () => latchkey.refresh(asking(first!))))
    expect(new Set(answers.map(successorOf)).size).toBe(1)
    expect(heard.filter(({ name }) => name === 'renewed')).toHaveLength(1)
    expect(heard.filter(({ name }) => name === 'again')).toHaveLength(49)
    expect(await codeOf(latchkey.refresh(asking(holding(first!, answers[7]!))))).toBe('ok')
  })

  test('gets the lost answer when it asks again a day later (OP-8)', async () => {
    const { latchkey, clock, heard } = await openEngine()
    const [, second] = await history(latchkey, proved, 2)
    const lost = await latchkey.refresh(asking((await history(latchkey, proved, 0))[0]!))
    expect(lost.session.generation).toBe(2)
    clock.advance(day)
    const stale = await latchkey.refresh(asking(second!)).catch((error: { code: string; nonce: string }) => error)
    expect(stale).toMatchObject({ code: 'nonce_stale', nonce: expect.any(String) })
    const again = await latchkey.refresh(asking({ ...second!, nonce: (stale as { nonce: string }).nonce }))
    expect(again.session.generation).toBe(3)
    expect(await codeOf(latchkey.verify(again.accessToken))).toBe('ok')
    expect(heard.at(-1)).toMatchObject({ name: 'again', event: { depth: 1 } })
  })

  test('is answered with the current token at any depth, and nothing is written', async () => {
    const { latchkey, store, heard } = await openEngine()
    const held = await history(latchkey, proved, 20)
    const before = await store.list({ subject: 'ada', limit: 1 })
    for (const [index, old] of held.slice(0, -1).entries()) {
      const answer = await latchkey.refresh(asking(old))
      expect(answer.refreshToken).toBe(held.at(-1)!.refreshToken)
      expect(heard.at(-1)).toMatchObject({ name: 'again', event: { depth: 20 - index } })
    }
    expect(await store.list({ subject: 'ada', limit: 1 })).toEqual(before)
  })
})

describe('a store that was set back', () => {
  test.each([1, 30, 1000])('signs nobody out: the newest token heals it, %i writes behind (I3)', async (lost) => {
    const engine = await openEngine()
    const held = await history(engine.latchkey, proved, lost)
    const { latchkey, heard } = await setBack(engine, lost)
    const answer = await latchkey.refresh(asking(held.at(-1)!))
    expect(answer.session.generation).toBe(lost + 2)
    expect(heard).toMatchObject([{ name: 'healed', event: { depth: lost } }])
    expect((await latchkey.refresh(asking(held[0]!))).refreshToken).toBe(answer.refreshToken)
  })

  test('signs no plain session out either', async () => {
    const engine = await openEngine()
    const held = await history(engine.latchkey, plain, 5)
    const { latchkey } = await setBack(engine, 5)
    expect((await latchkey.refresh(asking(held.at(-1)!))).session.generation).toBe(7)
  })

  test('is healed once, however many tabs come at once (I2)', async () => {
    const engine = await openEngine()
    const held = await history(engine.latchkey, proved, 9)
    const { latchkey, heard } = await setBack(engine, 9)
    const answers = await Promise.all(Array.from({ length: 20 }, () => latchkey.refresh(asking(held.at(-1)!))))
    expect(new Set(answers.map(successorOf)).size).toBe(1)
    expect(heard.filter(({ name }) => name === 'healed')).toHaveLength(1)
  })

  test('is called regressed over more than 1000 generations, and the session is left alone', async () => {
    const engine = await openEngine()
    const held = await history(engine.latchkey, proved, 1001)
    const { latchkey, heard } = await setBack(engine, 1001)
    expect(await codeOf(latchkey.refresh(asking(held.at(-1)!)))).toBe('session_ended')
    expect(heard).toMatchObject([{ name: 'store_regressed', event: { depth: 1001 } }])
    expect(await latchkey.list('ada')).toHaveLength(1)
  })
})

describe('a thief with a copy of a proved token', () => {
  test.each([
    ['no proof', () => undefined],
    ['an empty proof', () => ''],
    ['a proof by a key of his own', (token: string, nonce: string) => proofFor('A'.repeat(43), nonce, token)],
    [
      'the proof of another request',
      (_token: string, nonce: string, key: string) => proofFor(key, nonce, 'lkr1_other'),
    ],
  ])('is refused with %s and reported, and the owner goes on', async (_what, make) => {
    const { latchkey, heard } = await openEngine()
    const held = await history(latchkey, proved, 2)
    const victim = held.at(-1)!
    for (const { refreshToken, nonce } of held) {
      const proof = make(refreshToken, nonce!, victim.sessionKey!)
      const origin = () => ({ place: '198.51.100.0' })
      expect(await codeOf(latchkey.refresh({ token: refreshToken, transport: 'body', proof, origin }))).toBe(
        'proof_refused',
      )
      expect(heard.at(-1)).toMatchObject({ name: 'unproved', event: { origin: origin() } })
    }
    expect(await codeOf(latchkey.refresh(asking(victim)))).toBe('ok')
  })

  test('costs the store nothing', async () => {
    const store = withVerbs(memoryStore(), {})
    const { latchkey } = await openEngine({ store })
    const [victim] = await history(latchkey, proved, 0)
    const touched = () => {
      throw new Error('the store was asked')
    }
    const guarded = await openEngine({ store: withVerbs(store, { advance: touched, find: touched, revoke: touched }) })
    expect(await codeOf(guarded.latchkey.refresh({ token: victim!.refreshToken, transport: 'body' }))).toBe(
      'proof_refused',
    )
    const altered = victim!.refreshToken.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    expect(await codeOf(guarded.latchkey.refresh({ token: altered, transport: 'body' }))).toBe('token_invalid')
  })

  test('gains with one captured request only what the nonce allows, and the owner is never refused', async () => {
    const { latchkey, clock } = await openEngine()
    const [victim] = await history(latchkey, proved, 0)
    const captured = asking(victim!)
    const owner = holding(victim!, await latchkey.refresh(captured))
    clock.advance(20 * minute)
    expect(await codeOf(latchkey.refresh(captured))).toBe('ok')
    clock.advance(minute)
    expect(await codeOf(latchkey.refresh(captured))).toBe('nonce_stale')
    const told = await latchkey.refresh(asking(owner)).catch((error: { nonce: string }) => error)
    expect(await codeOf(latchkey.refresh(asking({ ...owner, nonce: told.nonce })))).toBe('ok')
  })

  test('is told nothing about the age of a nonce', async () => {
    const { latchkey, clock } = await openEngine()
    const [victim] = await history(latchkey, proved, 0)
    clock.advance(day)
    const proof = proofFor('A'.repeat(43), victim!.nonce!, victim!.refreshToken)
    const error = await latchkey
      .refresh({ token: victim!.refreshToken, transport: 'body', proof })
      .catch((error: unknown) => error)
    expect(error).toMatchObject({ code: 'proof_refused', nonce: undefined })
  })
})

test('a session keeps its refresh key when another comes into use, and nobody is signed out', async () => {
  const engine = await openEngine()
  const held = await history(engine.latchkey, proved, 1)
  const refresh = [{ kid: 2, root: generateKeys().refresh[0]!.root }, ...keys.refresh]
  const { latchkey, store } = await openEngine({ store: engine.store, keys: { ...keys, refresh } }, engine.clock)
  const next = holding(held[1]!, await latchkey.refresh(asking(held[1]!)))
  expect(next.refreshToken).not.toBe(held[1]!.refreshToken)
  expect((await latchkey.refresh(asking(held[0]!))).refreshToken).toBe(next.refreshToken)
  engine.clock.advance(minute)
  const fresh = await latchkey.signIn(proved)
  expect(await codeOf(latchkey.refresh(asking(fresh)))).toBe('ok')
  expect((await store.list({ subject: 'ada', limit: 9 })).map(({ kid }) => kid)).toEqual([1, 2])
})

test('a proof covers the token in body and header mode, and nothing in cookie mode, where script cannot see it', async () => {
  const { latchkey } = await openEngine()
  for (const transport of ['body', 'header', 'cookie'] as const) {
    const { refreshToken: token, sessionKey, nonce } = await latchkey.signIn({ ...proved, transport })
    const over = (covered: string) =>
      codeOf(latchkey.refresh({ token, transport, proof: proofFor(sessionKey!, nonce!, covered) }))
    const [withToken, without] = transport === 'cookie' ? ['proof_refused', 'ok'] : ['ok', 'proof_refused']
    expect([await over(token), await over('')], transport).toEqual([withToken, without])
  }
})

describe('a plain session', () => {
  test('issues one successor when fifty requests race (I2)', async () => {
    const { latchkey } = await openEngine()
    const [first] = await history(latchkey, plain, 0)
    const answers = await Promise.all(Array.from({ length: 50 }, () => latchkey.refresh(asking(first!))))
    expect(new Set(answers.map(successorOf)).size).toBe(1)
  })

  test('accepts the token before the newest to the end of the leeway, and then ends (RT-2, RT-4)', async () => {
    const { latchkey, clock, heard } = await openEngine()
    const held = await history(latchkey, plain, 1)
    clock.advance(10 * second)
    const answer = await latchkey.refresh(asking(held[0]!))
    expect(answer.refreshToken).toBe(held[1]!.refreshToken)
    expect(heard.at(-1)).toMatchObject({ name: 'again', event: { depth: 1 } })
    clock.advance(1)
    expect(await codeOf(latchkey.refresh(asking(held[0]!)))).toBe('token_reused')
    expect(await codeOf(latchkey.refresh(asking(held[1]!)))).toBe('session_ended')
    expect(await codeOf(latchkey.verify(answer.accessToken))).toBe('access_ended')
  })

  test('ends at once when an older token than that comes back (RT-3)', async () => {
    const { latchkey, heard } = await openEngine()
    const held = await history(latchkey, plain, 2)
    expect(await codeOf(latchkey.refresh(asking(held[0]!)))).toBe('token_reused')
    expect(heard.slice(-2)).toMatchObject([
      { name: 'revoked', event: { reason: 'reuse' } },
      { name: 'reuse', event: { depth: 2 } },
    ])
    expect(await codeOf(latchkey.refresh(asking(held.at(-1)!)))).toBe('session_ended')
  })

  test('knows no leeway where it is 0 (RT-4)', async () => {
    const { latchkey } = await openEngine({ leewaySeconds: 0 })
    const held = await history(latchkey, plain, 1)
    expect(await codeOf(latchkey.refresh(asking(held[0]!)))).toBe('token_reused')
  })
})
