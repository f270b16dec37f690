import { createPublicKey, verify as verifyBytes } from 'node:crypto'
import { generateKeys, type SigningAlgorithm } from 'latchkey'
import { sampleSession } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { AccessTokens } from '../../packages/latchkey/src/core/access-token.ts'
import { createKeyRing, signingAlgorithms } from '../../packages/latchkey/src/core/key-ring.ts'
import { createPolicy } from '../../packages/latchkey/src/core/policy.ts'
import { systemPorts } from '../../packages/latchkey/src/system.ts'
import { codeOf, issuer, keys, openEngine, pass, payloadOf, plain, second, start } from '../helpers/engine.ts'

const byAlgorithm = Object.fromEntries(signingAlgorithms.map((alg) => [alg, generateKeys(alg)]))
const headerOf = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString())

const tokensFor = (alg: SigningAlgorithm): AccessTokens =>
  new AccessTokens({
    issuer,
    audience: [issuer],
    ring: createKeyRing(byAlgorithm[alg]!),
    policy: createPolicy({}),
    ports: systemPorts,
  })

describe('an access token', () => {
  test('says what RFC 9068 asks for, and nothing of the inside (AT-2, AT-6)', async () => {
    const { latchkey } = await openEngine()
    const { accessToken, session } = await latchkey.signIn({
      ...plain,
      scope: 'read write',
      claims: { role: 'reader' },
    })
    expect(headerOf(accessToken)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: keys.signing[0]!.kid })
    expect(payloadOf(accessToken)).toEqual({
      iss: issuer,
      sub: 'ada',
      aud: issuer,
      client_id: 'first-party',
      sid: session.id,
      scope: 'read write',
      role: 'reader',
      auth_time: start / second,
      iat: start / second,
      exp: start / second + 600,
      jti: expect.stringMatching(/^[\w-]{22}$/),
    })
  })

  test('is verified to the same', async () => {
    const { latchkey } = await openEngine()
    const { accessToken, session } = await latchkey.signIn({ ...plain, scope: 'read', claims: { role: 'reader' } })
    const access = await latchkey.verify(accessToken)
    expect(access).toMatchObject({
      subject: 'ada',
      sessionId: session.id,
      client: 'first-party',
      scope: 'read',
      issuedAt: start,
      expiresAt: start + 600 * second,
      authTime: start,
      claims: { role: 'reader' },
    })
    expect(latchkey.seen(accessToken)).toEqual(access)
    const bare = await latchkey.signIn(plain)
    expect((await latchkey.verify(bare.accessToken)).scope).toBeNull()
  })

  test('is another every time', async () => {
    const { latchkey } = await openEngine()
    const made = await Promise.all(Array.from({ length: 50 }, () => latchkey.signIn(plain)))
    expect(new Set(made.map(({ accessToken }) => payloadOf(accessToken)['jti'])).size).toBe(50)
  })

  test.each(signingAlgorithms)('is signed with %s, as node verifies it (AT-4, JW-12)', async (alg) => {
    const tokens = tokensFor(alg)
    const { token } = tokens.sign(sampleSession(), start)
    const [header, payload, signature] = token.split('.')
    const key = createPublicKey({ key: byAlgorithm[alg]!.signing[0]!.privateJwk, format: 'jwk' })
    const bytes = Buffer.from(signature!, 'base64url')
    const how = alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' as const } : key
    const hash = alg === 'ES256' || alg === 'RS256' ? 'sha256' : null
    expect(verifyBytes(hash, Buffer.from(`${header}.${payload}`), how, bytes)).toBe(true)
    expect((await tokens.verify(token, start)).subject).toBe('ada')
    expect((await tokens.verify(token, start)).claims.aud).toBe(issuer)
  })

  test('has a signature of 64 bytes also where r or s is short', () => {
    const tokens = tokensFor('ES256')
    const key = createPublicKey({ key: byAlgorithm['ES256']!.signing[0]!.privateJwk, format: 'jwk' })
    let short = 0
    for (let round = 0; round < 2000; round += 1) {
      const { token } = tokens.sign(sampleSession(), start)
      const at = token.lastIndexOf('.')
      const signature = Buffer.from(token.slice(at + 1), 'base64url')
      expect(signature.length).toBe(64)
      if (signature[0] !== 0 && signature[32] !== 0) continue
      short += 1
      const how = { key, dsaEncoding: 'ieee-p1363' as const }
      expect(verifyBytes('sha256', Buffer.from(token.slice(0, at)), how, signature)).toBe(true)
    }
    // One in 128 is; that none of 2000 was happens once in six million runs.
    expect(short).toBeGreaterThan(0)
  })

  test('never outlives its session', () => {
    const tokens = tokensFor('ES256')
    for (const [life, expected] of [
      [{ idleExpiresAt: start + 90_500 }, 90],
      [{ absoluteExpiresAt: start + 1500 }, 1],
      [{ absoluteExpiresAt: start + 999 }, 0],
      [{}, 600],
    ] as const) {
      const { token, expiresInSeconds } = tokens.sign(sampleSession(life), start)
      expect(expiresInSeconds).toBe(expected)
      expect(payloadOf(token)['exp']).toBe(start / second + expected)
    }
  })

  test('ends at its second, not before and not after', async () => {
    const { latchkey, clock } = await openEngine()
    const { accessToken } = await latchkey.signIn(plain)
    await latchkey.verify(accessToken)
    await pass(clock, 600 * second - 1)
    expect(await codeOf(latchkey.verify(accessToken))).toBe('ok')
    expect(latchkey.seen(accessToken)).toBeDefined()
    clock.set(start + 600 * second)
    expect(await codeOf(latchkey.verify(accessToken))).toBe('access_expired')
    expect(await codeOf(() => latchkey.seen(accessToken))).toBe('access_expired')
    const fresh = await openEngine({ store: (await openEngine()).store }, clock)
    expect(await codeOf(fresh.latchkey.verify(accessToken))).toBe('access_expired')
  })

  test('is verified by a node whose clock is up to 2 s behind, and by none further behind (OP-4)', async () => {
    const { latchkey, clock } = await openEngine()
    const { accessToken } = await latchkey.signIn(plain)
    clock.set(start - 2001)
    expect(await codeOf(latchkey.verify(accessToken))).toBe('access_invalid')
    clock.set(start - 2000)
    expect(await codeOf(latchkey.verify(accessToken))).toBe('ok')
  })

  test('is seen only after it was verified, and only under the very same characters', async () => {
    const { latchkey } = await openEngine()
    const { accessToken } = await latchkey.signIn(plain)
    expect(latchkey.seen(accessToken)).toBeUndefined()
    await latchkey.verify(accessToken)
    expect(latchkey.seen(accessToken)).toBeDefined()
    for (const other of [`${accessToken} `, accessToken.slice(0, -1), accessToken.toUpperCase(), '']) {
      expect(latchkey.seen(other)).toBeUndefined()
    }
  })

  test('is verified once and never cached where the cache has no room', async () => {
    const { latchkey } = await openEngine({ maxCachedTokens: 0 })
    const { accessToken } = await latchkey.signIn(plain)
    for (let round = 0; round < 3; round += 1) expect((await latchkey.verify(accessToken)).subject).toBe('ada')
    expect(latchkey.seen(accessToken)).toBeUndefined()
  })

  test('says the same to the next request, whatever this one does to what it was told', async () => {
    const { latchkey } = await openEngine()
    const { accessToken } = await latchkey.signIn({ ...plain, claims: { roles: ['reader'], plan: { seats: 1 } } })
    const access = await latchkey.verify(accessToken)
    const before = structuredClone(access)
    const { claims } = access as unknown as { claims: { sub: string; roles: string[]; plan: { seats: number } } }
    for (const tamper of [
      () => claims.roles.push('admin'),
      () => (claims.plan.seats = 9),
      () => (claims.sub = 'eve'),
    ]) {
      try {
        tamper()
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
      }
    }
    expect(await latchkey.verify(accessToken)).toEqual(before)
    expect(latchkey.seen(accessToken)).toEqual(before)
  })

  test('is verified after the signing key was retired, and no longer when it is gone', async () => {
    const young = generateKeys()
    const old = await openEngine()
    const { accessToken } = await old.latchkey.signIn(plain)
    const retired = { ...keys, signing: [...young.signing, ...keys.signing] }
    const both = await openEngine({ store: old.store, keys: retired }, old.clock)
    expect(await codeOf(both.latchkey.verify(accessToken))).toBe('ok')
    const gone = await openEngine({ store: old.store, keys: { ...keys, signing: young.signing } }, old.clock)
    expect(await codeOf(gone.latchkey.verify(accessToken))).toBe('access_invalid')
  })
})
