import type { Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  asking,
  codeOf,
  history,
  holding,
  minute,
  openEngine,
  plain,
  proved,
  second,
  settled,
  withVerbs,
  type OpenedEngine,
} from '../helpers/engine.ts'

describe('an access token of a session that was ended on this node (I10)', () => {
  const endings: readonly (readonly [string, (engine: OpenedEngine, token: string, id: string) => Promise<unknown>])[] =
    [
      ['a sign-out', ({ latchkey }, token) => latchkey.signOut({ token, transport: 'body' })],
      ['a revocation', ({ latchkey }, _token, id) => latchkey.revoke('ada', id)],
      ['a sign-out everywhere', ({ latchkey }) => latchkey.revokeAll('ada')],
      [
        'a sign-out of all others',
        async ({ latchkey }) => latchkey.revokeOthers('ada', (await latchkey.signIn(plain)).session.id),
      ],
    ]
  test.each(endings)('is refused from that moment by %s, remembered or not (SE-6, IN-7)', async (_what, end) => {
    const engine = await openEngine()
    const { latchkey } = engine
    const { accessToken, refreshToken, session } = await latchkey.signIn(plain)
    const unseen = (await latchkey.refresh({ token: refreshToken, transport: 'body' })).accessToken
    await latchkey.verify(accessToken)
    await end(engine, refreshToken, session.id)
    for (const token of [accessToken, unseen]) {
      expect(await codeOf(() => latchkey.seen(accessToken))).toBe('access_ended')
      expect(await codeOf(latchkey.verify(token))).toBe('access_ended')
      expect(await codeOf(latchkey.verifyLive(token))).toBe('access_ended')
    }
  })

  test('is refused for the whole of its life (IN-7)', async () => {
    const { latchkey, clock } = await openEngine()
    const { accessToken } = await latchkey.signIn(plain)
    clock.advance(1)
    await latchkey.revokeAll('ada')
    for (let passed = 0; passed < 10 * minute - 30 * second; passed += 30 * second) {
      clock.advance(30 * second)
      await settled()
      expect(await codeOf(latchkey.verify(accessToken))).toBe('access_ended')
    }
  })

  test('says that it has expired when it has, ended or not', async () => {
    const { latchkey, clock } = await openEngine()
    const { accessToken } = await latchkey.signIn(plain)
    await latchkey.revokeAll('ada')
    clock.advance(11 * minute)
    expect(await codeOf(latchkey.verify(accessToken))).toBe('access_expired')
  })
})

describe('an access token of a session that was ended on another node (I10)', () => {
  let one: OpenedEngine
  let other: OpenedEngine
  let changed: () => void
  beforeEach(async () => {
    const store = memoryStore()
    one = await openEngine({ store })
    const watch: Store['watch'] = (watcher) => {
      changed = watcher.changed
      return () => undefined
    }
    other = await openEngine({ store: withVerbs(store, { watch }) }, one.clock)
  })

  test('is refused as soon as the store has told (RV-7)', async () => {
    const { accessToken } = await one.latchkey.signIn(plain)
    await other.latchkey.verify(accessToken)
    await one.latchkey.revokeAll('ada')
    expect(await codeOf(other.latchkey.verify(accessToken))).toBe('ok')
    changed()
    await settled()
    expect(await codeOf(other.latchkey.verify(accessToken))).toBe('access_ended')
    expect(await codeOf(() => other.latchkey.seen(accessToken))).toBe('access_ended')
  })

  test('is refused at once by a node that has acknowledged the sign-out, though another had ended it before', async () => {
    const { accessToken, refreshToken, session } = await one.latchkey.signIn(plain)
    await other.latchkey.verify(accessToken)
    await one.latchkey.revoke('ada', session.id)
    await other.latchkey.signOut({ token: refreshToken, transport: 'body' })
    expect(await codeOf(() => other.latchkey.seen(accessToken))).toBe('access_ended')
    const next = await one.latchkey.signIn(plain)
    await other.latchkey.verify(next.accessToken)
    await one.latchkey.revoke('ada', next.session.id)
    expect(await other.latchkey.revoke('ada', next.session.id)).toBe(false)
    expect(await codeOf(() => other.latchkey.seen(next.accessToken))).toBe('access_ended')
  })

  test('is refused within 30 seconds where the store tells nothing', async () => {
    const { accessToken } = await one.latchkey.signIn(plain)
    await one.latchkey.revokeAll('ada')
    one.clock.advance(30 * second)
    await settled()
    expect(await codeOf(other.latchkey.verify(accessToken))).toBe('access_ended')
  })

  test('is refused at once where the store is asked', async () => {
    const { accessToken } = await one.latchkey.signIn(plain)
    await one.latchkey.revokeAll('ada')
    expect(await codeOf(other.latchkey.verifyLive(accessToken))).toBe('access_ended')
  })

  test('is known to a node that starts afterwards', async () => {
    const { accessToken } = await one.latchkey.signIn(plain)
    one.clock.advance(9 * minute)
    await one.latchkey.revokeAll('ada')
    const young = await openEngine({ store: one.store }, one.clock)
    expect(await codeOf(young.latchkey.verify(accessToken))).toBe('access_ended')
  })
})

describe('an access token that was signed when they lived longer', () => {
  test('is refused when its session was ended, however long ago (I10)', async () => {
    const long = await openEngine({ accessSeconds: 3600 })
    const { accessToken } = await long.latchkey.signIn(plain)
    await long.latchkey.revokeAll('ada')
    for (const minutes of [1, 10, 40]) {
      long.clock.advance(minutes * minute)
      const short = await openEngine({ accessSeconds: 300, store: long.store }, long.clock)
      expect(await codeOf(short.latchkey.verify(accessToken))).toBe('access_ended')
    }
  })
})

describe('a node that cannot remember all revocations', () => {
  const full = async () => {
    let asked = 0
    const real = memoryStore()
    const findPublic: Store['findPublic'] = (...given) => {
      asked += 1
      return real.findPublic(...given)
    }
    const engine = await openEngine({ store: withVerbs(real, { findPublic }), maxRevocations: 2 })
    const signed = []
    for (let count = 0; count < 5; count += 1)
      signed.push(await engine.latchkey.signIn({ ...plain, subject: `user ${count}` }))
    for (let count = 0; count < 4; count += 1) await engine.latchkey.revokeAll(`user ${count}`)
    return { ...engine, signed, asked: () => asked }
  }

  test('asks the store, and is never wrong (I7, I10)', async () => {
    const { latchkey, signed, asked } = await full()
    const codes = []
    for (const { accessToken } of signed) codes.push(await codeOf(latchkey.verify(accessToken)))
    expect(codes).toEqual(['access_ended', 'access_ended', 'access_ended', 'access_ended', 'ok'])
    expect(asked()).toBe(3)
  })

  test('says of nothing that it has seen it', async () => {
    const { latchkey, signed } = await full()
    await latchkey.verify(signed[4]!.accessToken)
    expect(latchkey.seen(signed[4]!.accessToken)).toBeUndefined()
  })

  test('needs the store no longer when those are over that it could not hold', async () => {
    const { latchkey, clock, asked } = await full()
    for (let passed = 0; passed < 24; passed += 1) {
      clock.advance(30 * second)
      await settled()
    }
    const fresh = await latchkey.signIn(plain)
    const before = asked()
    expect(await codeOf(latchkey.verify(fresh.accessToken))).toBe('ok')
    expect(latchkey.seen(fresh.accessToken)).toBeDefined()
    expect(asked()).toBe(before)
  })
})

describe('verifyLive', () => {
  test('asks the store about a session that this node holds to be live', async () => {
    const { latchkey, clock, store } = await openEngine()
    const signed = await latchkey.signIn(proved)
    expect((await latchkey.verifyLive(signed.accessToken)).subject).toBe('ada')
    const [row] = await store.list({ subject: 'ada', limit: 1 })
    await store.revoke(row!.sid, { at: clock.now(), reason: 'revoked' })
    expect(await codeOf(latchkey.verify(signed.accessToken))).toBe('ok')
    expect(await codeOf(latchkey.verifyLive(signed.accessToken))).toBe('access_ended')
  })

  test('refuses a session that the store does not have', async () => {
    const one = await openEngine()
    const { accessToken } = await one.latchkey.signIn(plain)
    const other = await openEngine({}, one.clock)
    expect(await codeOf(other.latchkey.verify(accessToken))).toBe('ok')
    expect(await codeOf(other.latchkey.verifyLive(accessToken))).toBe('access_ended')
  })
})

test('an ended session stays ended, whatever is tried (I10, OP-2)', async () => {
  const { latchkey, clock } = await openEngine()
  const held = await history(latchkey, proved, 3)
  const bare = await history(latchkey, plain, 3)
  await latchkey.revokeAll('ada')
  for (const minutes of [0, 1, 15]) {
    clock.advance(minutes * minute)
    for (const old of [...held, ...bare])
      expect(await codeOf(latchkey.refresh(asking(old)))).toMatch(/session_ended|nonce_stale/)
  }
  const fresh = holding(held[0]!, await latchkey.signIn(proved))
  expect(await codeOf(latchkey.refresh(asking({ ...held[0]!, nonce: fresh.nonce })))).toBe('proof_refused')
  expect(await latchkey.list('ada')).toHaveLength(1)
})
