import { eventNames, type EventName, type SessionView } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { describe, expect, test } from 'vitest'
import {
  asking,
  codeOf,
  day,
  history,
  holding,
  keys,
  openEngine,
  plain,
  proved,
  second,
  start,
  type Heard,
  type OpenedEngine,
} from '../helpers/engine.ts'

const origin = () => ({ label: 'Firefox on Linux', userAgent: 'UA', place: '192.0.2.0' })
const thief = () => ({ place: '198.51.100.0' })
const viewOf = (id: string, over: Partial<SessionView> = {}): unknown =>
  expect.objectContaining({ id, subject: 'ada', client: 'first-party', device: origin(), createdAt: start, ...over })
const last = ({ heard }: OpenedEngine): Heard => heard.at(-1)!

describe('what happens is told', () => {
  test('signed_in: the session that began', async () => {
    const engine = await openEngine()
    const { session } = await engine.latchkey.signIn({ ...proved, origin })
    expect(engine.heard).toEqual([
      {
        name: 'signed_in',
        event: {
          at: start,
          session: viewOf(session.id, {
            generation: 1,
            proof: 'session_key',
            expiresAt: start + 14 * day,
            endedAt: null,
          }),
        },
      },
    ])
  })

  test('renewed: the session after its step', async () => {
    const engine = await openEngine()
    const { session, refreshToken } = await engine.latchkey.signIn({ ...plain, origin })
    engine.clock.advance(second)
    await engine.latchkey.refresh({ token: refreshToken, transport: 'body', origin: thief })
    expect(last(engine).name).toBe('renewed')
    expect(last(engine).event).toMatchObject({
      at: start + second,
      session: viewOf(session.id, { generation: 2, lastSeenAt: start + second }),
    })
  })

  test('again: how much older the token was, and who held it', async () => {
    const engine = await openEngine()
    const first = await engine.latchkey.signIn({ ...proved, origin })
    const next = holding(first, await engine.latchkey.refresh(asking(first)))
    await engine.latchkey.refresh(asking(next))
    await engine.latchkey.refresh({ ...asking(first), origin: thief })
    expect(last(engine)).toEqual({
      name: 'again',
      event: { at: start, session: viewOf(first.session.id, { generation: 3 }), depth: 2, origin: thief() },
    })
  })

  test('unproved: which session and generation, and who tried', async () => {
    const engine = await openEngine()
    const held = await history(engine.latchkey, proved, 1)
    await codeOf(engine.latchkey.refresh({ token: held[1]!.refreshToken, transport: 'body', origin: thief }))
    expect(last(engine)).toMatchObject({ name: 'unproved', event: { at: start, generation: 2, origin: thief() } })
  })

  test('reuse: the ended session with its own origin, and the origin of the token', async () => {
    const engine = await openEngine()
    const first = await engine.latchkey.signIn({ ...plain, origin })
    const next = holding(first, await engine.latchkey.refresh(asking(first)))
    await engine.latchkey.refresh(asking(next))
    await codeOf(engine.latchkey.refresh({ ...asking(first), origin: thief }))
    const [revoked, reuse] = engine.heard.slice(-2)
    const ended = viewOf(first.session.id, { endedAt: start, endReason: 'reuse' })
    expect(revoked).toEqual({ name: 'revoked', event: { at: start, session: ended, reason: 'reuse', origin: thief() } })
    expect(reuse).toEqual({ name: 'reuse', event: { at: start, session: ended, depth: 2, origin: thief() } })
  })

  test('revoked: the reason and who asked, once for each session', async () => {
    const engine = await openEngine()
    const one = await engine.latchkey.signIn({ ...plain, origin })
    const two = await engine.latchkey.signIn({ ...plain, origin })
    engine.clock.advance(second)
    await engine.latchkey.revokeAll('ada', 'revoked', thief)
    const told = [one, two].map(({ session }) => ({
      name: 'revoked',
      event: {
        at: start + second,
        reason: 'revoked',
        origin: thief(),
        session: viewOf(session.id, { endedAt: start + second, endReason: 'revoked' }),
      },
    }))
    expect(engine.heard.slice(2)).toEqual(expect.arrayContaining(told))
    expect(engine.heard).toHaveLength(4)
  })

  test('expired: the session whose life is over, and nothing is ended', async () => {
    const engine = await openEngine()
    const { session, refreshToken } = await engine.latchkey.signIn({ ...plain, origin })
    engine.clock.advance(14 * day)
    await codeOf(engine.latchkey.refresh({ token: refreshToken, transport: 'body' }))
    expect(last(engine)).toEqual({
      name: 'expired',
      event: { at: start + 14 * day, session: viewOf(session.id, { endedAt: null }) },
    })
  })

  test('evicted: the session that made room, with the reason it was ended for', async () => {
    const engine = await openEngine({ maxSessions: 1 })
    const { session } = await engine.latchkey.signIn({ ...plain, origin })
    await engine.latchkey.signIn({ ...plain, origin: thief })
    const ended = viewOf(session.id, { endedAt: start, endReason: 'evicted' })
    expect(engine.heard.slice(1, 3)).toEqual([
      { name: 'revoked', event: { at: start, session: ended, reason: 'evicted', origin: thief() } },
      { name: 'evicted', event: { at: start, session: ended } },
    ])
  })

  test('nothing: where a refusal is no news', async () => {
    const engine = await openEngine()
    const [held] = await history(engine.latchkey, proved, 0)
    const told = engine.heard.length
    await codeOf(engine.latchkey.refresh({ token: 'lkr1_', transport: 'body' }))
    await codeOf(engine.latchkey.refresh({ ...asking(held!), transport: 'cookie' }))
    await codeOf(engine.latchkey.verify('x'))
    engine.clock.advance(day)
    await codeOf(engine.latchkey.refresh(asking(held!)))
    expect(engine.heard.length).toBe(told)
  })
})

/** Makes every event happen; the secrets that were about. */
async function everything(): Promise<{ heard: Heard[]; secrets: string[]; sids: string[] }> {
  const engine = await openEngine({ maxSessions: 3 })
  const { latchkey, clock, store } = engine
  const held = await history(latchkey, { ...proved, subject: 'proved' }, 3)
  const bare = await history(latchkey, plain, 3)
  await latchkey.refresh(asking(held[0]!))
  await codeOf(latchkey.refresh({ token: held[0]!.refreshToken, transport: 'body', proof: 'v1.x.y' }))
  const restored = async (lost: number): Promise<Heard[]> => {
    const other = memoryStore()
    await other.identify(await store.identify({ environment: '', keys: new Map() }))
    for (const row of await store.list({ subject: 'proved', limit: 1 }))
      await other.insert({ ...row, generation: row.generation - lost }, { max: 9, evict: false })
    const second = await openEngine({ store: other }, clock)
    await codeOf(second.latchkey.refresh(asking(held.at(-1)!)))
    return [...second.heard]
  }
  const healed = await restored(2)
  const regressed = await restored(1005)
  await codeOf(latchkey.refresh(asking(bare[0]!)))
  for (let count = 0; count < 4; count += 1) await latchkey.signIn({ ...plain, subject: 'many' })
  const rows = await store.list({ subject: 'ada', limit: 100 })
  const [expiring] = await history(latchkey, { ...plain, subject: 'expires' }, 0)
  clock.advance(20 * day)
  await codeOf(latchkey.refresh(asking(expiring!)))
  const tokens = [...held, ...bare, expiring!].flatMap(({ refreshToken, sessionKey, nonce }) => [
    refreshToken.slice(5),
    refreshToken.slice(-43),
    sessionKey,
    nonce,
  ])
  const secrets = [...tokens, keys.refresh[0]!.root, keys.signing[0]!.privateJwk.d].filter(
    (text) => typeof text === 'string',
  )
  return { heard: [...engine.heard, ...healed, ...regressed], secrets, sids: rows.map(({ sid }) => sid) }
}

describe('everything that is told', () => {
  test('covers every event that the engine tells by itself', async () => {
    const { heard } = await everything()
    // The others are reported to it, by whoever serves the requests.
    const reported: readonly EventName[] = ['sign_in_refused', 'throttled', 'replayed']
    const own = eventNames.filter((name) => !reported.includes(name))
    expect(new Set(heard.map(({ name }) => name))).toEqual(new Set(own))
  })

  test('holds no token, key, nonce or proof (I4)', async () => {
    const { heard, secrets } = await everything()
    for (const { name, event } of heard) {
      const text = JSON.stringify(event)
      for (const secret of secrets) expect(text, name).not.toContain(secret)
      expect(text, name).not.toMatch(/lkr1_|eyJ/)
    }
  })

  test('names sessions by their public id: the inner one stays in the token and the row', async () => {
    const { heard, sids } = await everything()
    for (const { name, event } of heard) {
      for (const sid of sids) expect(JSON.stringify(event), name).not.toContain(sid)
    }
  })
})
