import type { SignedIn } from 'latchkey'
import { describe, expect, test } from 'vitest'
import { asking, codeOf, day, history, openEngine, plain, proved, running, second } from '../helpers/engine.ts'

const others = { ...plain, subject: 'bob' }
const ids = (sessions: readonly { readonly id: string }[]): string[] => sessions.map(({ id }) => id)

describe('the sessions of a user', () => {
  test('are listed the newest first, without those that have ended (RT-16)', async () => {
    const { latchkey, clock } = await openEngine()
    const signed: string[] = []
    for (let count = 0; count < 4; count += 1) {
      clock.advance(1)
      signed.push((await latchkey.signIn(plain)).session.id)
    }
    await latchkey.signIn(others)
    await latchkey.revoke('ada', signed[1]!)
    expect(ids(await latchkey.list('ada'))).toEqual([signed[3], signed[2], signed[0]])
    clock.advance(15 * day)
    expect(await latchkey.list('ada')).toEqual([])
    expect(await latchkey.list('nobody')).toEqual([])
  })

  test('are shown without anything that signs in, and without the inner id (I4, PR-1)', async () => {
    const { latchkey, store } = await openEngine()
    const { refreshToken, sessionKey } = await latchkey.signIn(proved)
    const shown = JSON.stringify(await latchkey.list('ada'))
    const [row] = await store.list({ subject: 'ada', limit: 1 })
    for (const secret of [refreshToken.slice(5, 30), sessionKey!, row!.sid]) expect(shown).not.toContain(secret)
  })

  test('are never more than allowed: the oldest goes, and its access token with it (I7, SE-1)', async () => {
    const { latchkey, clock, heard } = await openEngine({ maxSessions: 3 })
    const signed: SignedIn[] = []
    for (let count = 0; count < 5; count += 1) {
      clock.advance(1)
      signed.push(await latchkey.signIn(plain))
    }
    expect(ids(await latchkey.list('ada'))).toEqual([4, 3, 2].map((index) => signed[index]!.session.id))
    const evicted = heard
      .filter(({ name }) => name === 'evicted')
      .map(({ event }) => (event['session'] as { id: string }).id)
    expect(evicted).toEqual([0, 1].map((index) => signed[index]!.session.id))
    expect(await codeOf(latchkey.verify(signed[0]!.accessToken))).toBe('access_ended')
    expect(await codeOf(latchkey.refresh(asking(signed[1]!)))).toBe('session_ended')
    expect(await codeOf(latchkey.verify(signed[2]!.accessToken))).toBe('ok')
  })

  test('are never more than allowed when many begin at once', async () => {
    const { latchkey } = await openEngine({ maxSessions: 4 })
    await Promise.all(Array.from({ length: 40 }, () => latchkey.signIn(plain)))
    expect(await latchkey.list('ada')).toHaveLength(4)
  })

  test('refuse a newcomer where nobody may be evicted, until one ends (SE-1)', async () => {
    const { latchkey } = await openEngine({ maxSessions: 2, whenFull: 'refuse' })
    const first = await latchkey.signIn(plain)
    await latchkey.signIn(plain)
    expect(await codeOf(latchkey.signIn(plain))).toBe('sessions_full')
    expect(await codeOf(latchkey.signIn(others))).toBe('ok')
    await latchkey.signOut({ token: first.refreshToken, transport: 'body' })
    expect(await codeOf(latchkey.signIn(plain))).toBe('ok')
  })

  test('make room by themselves when their life is over', async () => {
    const { latchkey, clock } = await openEngine({ maxSessions: 1, whenFull: 'refuse' })
    await latchkey.signIn(plain)
    clock.advance(14 * day)
    expect(await codeOf(latchkey.signIn(plain))).toBe('ok')
  })
})

describe('signing out', () => {
  test.each([
    ['the newest token', 2],
    ['an older token', 0],
  ])('ends the session by %s, without proof', async (_what, index) => {
    const { latchkey, heard } = await openEngine()
    const held = await history(latchkey, proved, 2)
    await latchkey.signOut({ token: held[index]!.refreshToken, transport: 'body', origin: () => ({ label: 'here' }) })
    expect(heard.at(-1)).toMatchObject({ name: 'revoked', event: { reason: 'signed_out', origin: { label: 'here' } } })
    expect(await codeOf(latchkey.refresh(asking(held.at(-1)!)))).toBe('session_ended')
  })

  test('is done once, and may be asked for again', async () => {
    const { latchkey, heard } = await openEngine()
    const [held] = await history(latchkey, plain, 0)
    for (let times = 0; times < 3; times += 1) await latchkey.signOut({ token: held!.refreshToken, transport: 'body' })
    expect(heard.filter(({ name }) => name === 'revoked')).toHaveLength(1)
  })

  test.each([
    ['a forged token', (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, 'body'],
    ['the token by another transport', (token: string) => token, 'cookie'],
    ['nothing', () => '', 'body'],
  ] as const)('changes nothing with %s', async (_what, make, transport) => {
    const { latchkey } = await openEngine()
    const [held] = await history(latchkey, plain, 0)
    await latchkey.signOut({ token: make(held!.refreshToken), transport })
    expect(await codeOf(latchkey.refresh(asking(held!)))).toBe('ok')
  })

  test('wins against refreshes that are under way (I10, OP-2)', async () => {
    const { latchkey } = await openEngine()
    const [held] = await history(latchkey, proved, 0)
    const refreshes = Array.from({ length: 10 }, () => codeOf(latchkey.refresh(asking(held!))))
    await Promise.all([...refreshes, latchkey.signOut({ token: held!.refreshToken, transport: 'body' })])
    expect(await codeOf(latchkey.refresh(asking(held!)))).toBe('session_ended')
    expect(await latchkey.list('ada')).toEqual([])
  })
})

describe('ending sessions from outside', () => {
  test("ends one of the user's own, and nobody else's", async () => {
    const { latchkey } = await openEngine()
    const mine = await latchkey.signIn(plain)
    const theirs = await latchkey.signIn(others)
    expect(await latchkey.revoke('ada', theirs.session.id)).toBe(false)
    expect(await codeOf(latchkey.refresh(asking(theirs)))).toBe('ok')
    expect(await latchkey.revoke('ada', mine.session.id)).toBe(true)
    expect(await latchkey.revoke('ada', mine.session.id)).toBe(false)
    expect(await latchkey.revoke('ada', 'A'.repeat(22))).toBe(false)
    expect(await codeOf(latchkey.refresh(asking(mine)))).toBe('session_ended')
  })

  test.each(['', 'x', 'a'.repeat(500), '../..', '\0', '__proto__', '🗝️'])(
    'finds no session under the id %j',
    async (id) => {
      const { latchkey } = await openEngine()
      await latchkey.signIn(plain)
      expect(await latchkey.revoke('ada', id)).toBe(false)
      expect(await codeOf(latchkey.revokeOthers('ada', id))).toBe('access_ended')
      expect(await latchkey.list('ada')).toHaveLength(1)
    },
  )

  test('has nothing to end where the life of a session is over', async () => {
    const { latchkey, clock, heard } = await openEngine()
    const { session } = await latchkey.signIn(plain)
    clock.advance(14 * day)
    expect(await latchkey.revoke('ada', session.id)).toBe(false)
    expect(await latchkey.revokeAll('ada')).toBe(0)
    expect(heard.map(({ name }) => name)).not.toContain('revoked')
  })

  test('ends all of them, those being begun at this moment too, and says how many', async () => {
    const { latchkey } = await openEngine()
    const signed = await Promise.all([latchkey.signIn(plain), latchkey.signIn(proved)])
    const bob = await latchkey.signIn(others)
    const late = Array.from({ length: 5 }, () => codeOf(latchkey.signIn(plain)))
    await latchkey.revokeAll('ada', 'revoked', () => ({ label: 'desk' }))
    await Promise.all(late)
    expect(await latchkey.list('ada')).toEqual([])
    for (const { accessToken } of signed) expect(await codeOf(latchkey.verify(accessToken))).toBe('access_ended')
    expect(await codeOf(latchkey.verify(bob.accessToken))).toBe('ok')
    expect(await latchkey.revokeAll('ada')).toBe(0)
    expect(await latchkey.revokeAll('nobody')).toBe(0)
  })

  test('ends all but one', async () => {
    const { latchkey } = await openEngine()
    const [one, kept] = [await latchkey.signIn(plain), await latchkey.signIn(plain)]
    const bob = await latchkey.signIn(others)
    expect(await codeOf(latchkey.revokeOthers('ada', bob.session.id))).toBe('access_ended')
    expect(await latchkey.revokeOthers('ada', kept.session.id)).toBe(1)
    expect(ids(await latchkey.list('ada'))).toEqual([kept.session.id])
    expect(await codeOf(latchkey.refresh(asking(one)))).toBe('session_ended')
    expect(await codeOf(latchkey.refresh(asking(kept)))).toBe('ok')
  })
})

describe('the sweep', () => {
  test('deletes what ended longer ago than the retention, and nothing else (PR-3)', async () => {
    const { latchkey, clock, store } = await openEngine()
    await latchkey.signIn({ ...plain, subject: 'expires' })
    clock.advance(2 * day)
    const { session } = await latchkey.signIn(plain)
    await latchkey.revoke('ada', session.id)
    await latchkey.signIn({ ...plain, subject: 'lives' })
    clock.advance(day)
    expect(await latchkey.sweep()).toBe(0)
    clock.advance(1)
    expect(await latchkey.sweep()).toBe(1)
    clock.advance(12 * day)
    expect(await latchkey.sweep()).toBe(1)
    const left = ['expires', 'ada', 'lives'].map(async (subject) => (await store.list({ subject, limit: 10 })).length)
    expect(await Promise.all(left)).toEqual([0, 0, 1])
  })

  test('goes piece by piece, says how far it is, and stops when it is told to', async () => {
    const { latchkey, clock, store } = await openEngine()
    for (let count = 0; count < 1200; count += 1) await latchkey.signIn({ ...plain, subject: `user ${count}` })
    clock.advance(16 * day)
    const controller = new AbortController()
    const walk = async (signal?: AbortSignal): Promise<number[]> => {
      const progress: number[] = []
      const onProgress = (removed: number): void => void progress.push(removed)
      const sweeping = latchkey.sweep({ onProgress, ...(signal === undefined ? {} : { signal }) })
      const total = await running(clock, second, sweeping)
      return [...progress, total]
    }
    controller.abort()
    expect(await walk(controller.signal)).toEqual([500, 500])
    expect(await walk()).toEqual([500, 700, 700])
    expect(await store.list({ subject: 'ada', limit: 1 })).toEqual([])
  })
})
