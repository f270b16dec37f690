import { memoryStore } from 'latchkey/memory'
import { sqliteStore } from 'latchkey/sqlite'
import { describe, expect, test } from 'vitest'
import { codeOf, day, minute, openEngine, payloadOf, plain, proved, start } from '../helpers/engine.ts'

const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

const reserved = 'iss sub aud exp nbf iat jti sid client_id auth_time scope cnf acr amr typ act may_act'.split(' ')

/** What JSON makes of an object that decides for itself. */
const writtenAs = (value: unknown) => ({ claims: { toJSON: () => value } })

const wrong: readonly (readonly [string, object])[] = [
  ...['', 'x'.repeat(256), 'a\0b', '\0', undefined, null, 7, {}, ['ada']].map(
    (subject) => [`the subject ${JSON.stringify(subject)?.slice(0, 20)}`, { subject }] as const,
  ),
  ['a subject of which half a character is missing', { subject: 'ada\ud800' }],
  ...['', ' ', 'a  b', ' a', 'a ', 'a"b', 'a\\b', 'a\nb', 'größer', 7, ['read'], null].map(
    (scope) => [`the scope ${JSON.stringify(scope)}`, { scope }] as const,
  ),
  ...reserved.map((name) => [`the claim ${name}`, { claims: { [name]: 'mine' } }] as const),
  ['the claim __proto__', { claims: JSON.parse('{"__proto__":{"admin":true}}') as object }],
  ...[[], 'text', 7, true].map((claims) => [`claims that are ${JSON.stringify(claims)}`, { claims }] as const),
  ['claims that are too large', { claims: { a: 'x'.repeat(4089) } }],
  ['claims that are too large in bytes', { claims: { a: '東'.repeat(1400) } }],
  ['claims that JSON writes as nothing', writtenAs(undefined)],
  ['claims that JSON writes as a text', writtenAs('text')],
  ['claims that JSON writes as a list', writtenAs(['a'])],
  ['claims that JSON writes with a name of the token', writtenAs({ nbf: 0 })],
  ['claims that JSON writes with __proto__', writtenAs(JSON.parse('{"__proto__":{"admin":true}}'))],
  ['claims that are no JSON', { claims: { a: 1n } }],
  ['claims that hold themselves', { claims: cyclic }],
  ...['dpop', 'device_bound', 'none', '', undefined, 0, null].map(
    (proof) => [`the proof ${JSON.stringify(proof)}`, { proof }] as const,
  ),
  ...['pigeon', '', undefined, 0, null].map(
    (transport) => [`the transport ${JSON.stringify(transport)}`, { transport }] as const,
  ),
  ...[Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, '0'].map(
    (authTime) => [`the authTime ${String(authTime)}`, { authTime }] as const,
  ),
]

describe('a sign-in', () => {
  test.each(wrong)('refuses %s, and begins nothing', async (_what, over) => {
    const { latchkey, store, heard } = await openEngine()
    expect(await codeOf(() => latchkey.signIn({ ...plain, ...over }))).toBe('argument_invalid')
    expect(await store.list({ subject: 'ada', limit: 10 })).toEqual([])
    expect(heard).toEqual([])
  })

  test('is an outage where it would have begun in the future: a clock was set back under way (I3)', async () => {
    const { latchkey, store } = await openEngine()
    expect(await codeOf(latchkey.signIn({ ...plain, authTime: start + day }))).toBe('store_unavailable')
    expect(await store.list({ subject: 'ada', limit: 10 })).toEqual([])
  })

  test.each<[string, object]>([
    ['a subject of one character', { subject: 'a' }],
    ['a subject of 255 characters', { subject: 'x'.repeat(255) }],
    ['a subject of every script', { subject: 'Zoë 東京 🗝️' }],
    ['a subject that is a name of Object', { subject: '__proto__' }],
    ['a scope of several', { scope: 'read write:all !#[]~' }],
    ['claims up to the limit', { claims: { a: 'x'.repeat(4088) } }],
    ['no claims', { claims: {} }],
    ['nested claims', { claims: { roles: ['a'], tenant: { id: 1, none: null } } }],
    ['an authTime a minute ago', { authTime: start - 60_000 }],
  ])('takes %s', async (_what, over) => {
    const { latchkey } = await openEngine()
    const { accessToken } = await latchkey.signIn({ ...plain, ...over })
    expect(await codeOf(latchkey.verify(accessToken))).toBe('ok')
  })

  test.each<[string, object]>([
    ['claims that are small in characters and large in bytes', { claims: { a: '東'.repeat(4088) } }],
    ['a scope that is as long as one likes', { scope: 'read '.repeat(3000).trim() }],
    ['all of it together', { subject: '\u0001'.repeat(255), scope: 'a'.repeat(1024), claims: { a: '"'.repeat(2044) } }],
  ])('never gives out an access token that its own issuer refuses: %s', async (_what, over) => {
    const { latchkey } = await openEngine()
    // Refused at the door or verified later: both will do.
    const outcome = await latchkey.signIn({ ...plain, ...over }).then(
      ({ accessToken }) => codeOf(latchkey.verify(accessToken)),
      (error: { code: string }) => error.code,
    )
    expect(outcome).toMatch(/^(ok|argument_invalid)$/)
  })

  test('gives a session key to a proved session alone, and once', async () => {
    const { latchkey } = await openEngine()
    const [keyed, bare] = [await latchkey.signIn(proved), await latchkey.signIn(plain)]
    expect(keyed.sessionKey).toMatch(/^[\w-]{43}$/)
    expect(keyed.nonce).toMatch(/^[\w-]{27}$/)
    expect([bare.sessionKey, bare.nonce]).toEqual([null, null])
  })

  test('begins a row of its own, with ids that tell nothing of each other (SE-4, NI-6)', async () => {
    const { latchkey, store } = await openEngine()
    const signed = await Promise.all(Array.from({ length: 50 }, () => latchkey.signIn(plain)))
    const rows = await store.list({ subject: 'ada', limit: 100 })
    expect(new Set(rows.map(({ sid }) => sid)).size).toBe(50)
    expect(new Set(rows.map(({ publicId }) => publicId))).toEqual(new Set(signed.map(({ session }) => session.id)))
    for (const { sid, publicId } of rows) {
      // A UUIDv7 (RFC 9562 s5.7), whose 48 first bits are the time.
      expect(sid).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
      expect(Number.parseInt(sid.slice(0, 12), 16)).toBe(start)
      expect(Buffer.from(publicId, 'base64url').toString('hex')).not.toContain(sid.slice(13))
    }
  })

  test('keeps what it says of the session, and when the user proved who he is (NI-7)', async () => {
    const { latchkey, store } = await openEngine()
    const origin = () => ({ label: 'Firefox', userAgent: 'UA', place: '192.0.2.0' })
    const request = { ...proved, scope: 'read', claims: { role: 'reader' }, authTime: start - 5000, origin }
    const { accessToken, session, refreshToken, expiresInSeconds } = await latchkey.signIn(request)
    expect((await store.list({ subject: 'ada', limit: 1 }))[0]).toMatchObject({
      subject: 'ada',
      client: 'first-party',
      generation: 1,
      kid: 1,
      proof: 'session_key',
      transport: 'body',
      thumbprint: null,
      scope: 'read',
      createdAt: start,
      rotatedAt: start,
      authTime: start - 5000,
      idleExpiresAt: start + 14 * day,
      absoluteExpiresAt: start + 30 * day,
      revokedAt: null,
      revokedReason: null,
      device: origin(),
      claims: { role: 'reader' },
    })
    expect(payloadOf(accessToken)['auth_time']).toBe((start - 5000) / 1000)
    expect(session).toMatchObject({
      device: origin(),
      generation: 1,
      createdAt: start,
      lastSeenAt: start,
      endedAt: null,
    })
    expect([refreshToken.length, expiresInSeconds]).toEqual([77, 600])
  })

  test.each([
    ['parts undefined', { label: undefined, userAgent: 'UA', place: undefined }],
    ['parts null', { label: null, userAgent: 'UA', place: null }],
    ['parts that nobody knows', { userAgent: 'UA', password: 'hunter2' }],
  ])('keeps a device whole and nothing else where its origin has %s (PR-1)', async (_what, given) => {
    for (const store of [memoryStore(), sqliteStore(':memory:')]) {
      const { latchkey } = await openEngine({ store })
      const origin = () => given as { userAgent: string }
      await latchkey.signIn({ ...plain, origin })
      expect((await latchkey.list('ada'))[0]?.device).toEqual({ label: '', userAgent: 'UA', place: '' })
      await latchkey.close()
    }
  })

  test('leaves the claims as they were when the application changes its own afterwards', async () => {
    const { latchkey } = await openEngine()
    const claims = { role: 'reader' }
    const { refreshToken } = await latchkey.signIn({ ...plain, claims })
    claims.role = 'admin'
    const { accessToken } = await latchkey.refresh({ token: refreshToken, transport: 'body' })
    expect(payloadOf(accessToken)['role']).toBe('reader')
  })

  test('of one subject says nothing to another that looks alike, in a file either', async () => {
    const { latchkey } = await openEngine({ store: sqliteStore(':memory:') })
    const subjects = ['ada', 'Ada', 'ada ', 'àda', 'a\u0300da']
    for (const subject of subjects) await latchkey.signIn({ ...plain, subject })
    for (const subject of subjects) expect(await latchkey.list(subject)).toHaveLength(1)
    await latchkey.close()
  })
})

describe('a sign-in and a sign-out-everywhere', () => {
  test('go together: who authenticated before it gets no session (I10)', async () => {
    const { latchkey, clock } = await openEngine()
    const authTime = latchkey.now()
    clock.advance(1000)
    await latchkey.revokeAll('ada')
    clock.advance(1000)
    expect(await codeOf(latchkey.signIn({ ...plain, authTime }))).toBe('session_ended')
    expect(await codeOf(latchkey.signIn(plain))).toBe('ok')
  })

  test('stand in nobody’s way when the clock goes back afterwards', async () => {
    const { latchkey, clock } = await openEngine()
    await latchkey.revokeAll('bob')
    clock.advance(-minute)
    const { accessToken } = await latchkey.signIn(plain)
    expect(await codeOf(latchkey.verify(accessToken))).toBe('ok')
    expect(await codeOf(latchkey.signIn({ ...plain, authTime: latchkey.now() }))).toBe('ok')
  })

  test('follow each other within one millisecond, as where a password is changed', async () => {
    const { latchkey } = await openEngine()
    await latchkey.signIn(plain)
    await latchkey.revokeAll('ada')
    expect(await codeOf(latchkey.signIn(plain))).toBe('ok')
    expect(await latchkey.list('ada')).toHaveLength(1)
  })
})
