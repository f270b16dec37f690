// The client's DPoP proofs by themselves (RFC 9449), held against a verifier that is not ours: what they say, which key
// signs them, and which nonce stands in them.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from 'jose'
import { isClientError, type Kept, type KeptKey } from 'latchkey/client'
import type { ProofHeaders, ProofKind } from '../../../packages/latchkey/src/client/proof.ts'
import { dpop } from 'latchkey/client/dpop'

const now = 1_700_000_000_000
const app = 'https://app.example/auth'
const api = 'https://api.example'
const accessToken = 'eyJ.access.token'
const nobody = { sessionId: 'one', turn: 1 } as const

afterEach(() => vi.unstubAllGlobals())

// As the client's own parts know it.
const proofOfNow = (): ProofKind => dpop({ now: () => now }) as unknown as ProofKind
const textIn = (headers: ProofHeaders | Headers): string =>
  (headers instanceof Headers ? headers.get('DPoP') : headers['DPoP']) ?? ''

/** What is kept after a sign-in. */
async function keptBy(proof: ProofKind, asText = false): Promise<Kept & { readonly key: KeptKey }> {
  const key = await (await proof.begin(asText))?.key({ accessToken, sessionKey: 'not asked for' })
  if (key === undefined) throw new Error('no key was made')
  return { ...nobody, key }
}

/** Sends a request, each try of which meets the next of these answers; resolves with the tries and the last answer. */
async function sent(
  proof: ProofKind,
  kept: Kept,
  make: () => Request = () => new Request(`${api}/orders`),
  ...answers: readonly Response[]
): Promise<{ readonly tries: readonly Request[]; readonly answer: Response | undefined }> {
  const tries: Request[] = []
  const left = [...answers]
  const send: typeof fetch = async (input) => {
    tries.push(input as Request)
    return left.shift() ?? new Response('done')
  }
  return { answer: await proof.send?.(make, async () => kept, accessToken, send), tries }
}

const challenge = (text: string | null, nonce: string | null = 'next', status = 401): Response =>
  new Response(null, {
    status,
    headers: { ...(text && { 'WWW-Authenticate': text }), ...(nonce && { 'DPoP-Nonce': nonce }) },
  })
const noncesIn = (tries: readonly Request[]): unknown[] =>
  tries.map(({ headers }) => decodeJwt(textIn(headers))['nonce'])

describe('a proof', () => {
  it.each([false, true])(
    'is one that jose verifies, with its public key and nothing of the private one (text: %s)',
    async (asText) => {
      const proof = proofOfNow()
      const make = (): Request => new Request(`${api}/orders/7?page=2#top`, { method: 'PATCH' })
      const { tries } = await sent(proof, await keptBy(proof, asText), make)
      const checks = { typ: 'dpop+jwt', algorithms: ['ES256'], currentDate: new Date(now) }
      const { payload, protectedHeader } = await jwtVerify(textIn(tries[0]!.headers), EmbeddedJWK, checks)
      expect(Object.keys(protectedHeader.jwk ?? {}).toSorted()).toEqual(['crv', 'kty', 'x', 'y'])
      // RFC 9449 s4.2: the digest is that of the token's ASCII characters.
      const digest = await crypto.subtle.digest('SHA-256', Buffer.from(accessToken, 'ascii'))
      const ath = Buffer.from(digest).toString('base64url')
      const about = { htm: 'PATCH', htu: `${api}/orders/7`, iat: now / 1000, ath }
      expect(payload).toEqual({ ...about, jti: expect.stringMatching(/^[\w-]{36}$/) })
      expect(tries[0]!.headers.get('Authorization')).toBe(`DPoP ${accessToken}`)
    },
  )

  it('at a token route has the nonce that is kept with the session, and no ath', async () => {
    const proof = proofOfNow()
    const kept = await keptBy(proof)
    const renewal = decodeJwt(textIn(await proof.prove(`${app}/token`, { ...kept, nonce: 'kept' })))
    const about = { jti: expect.any(String), htm: 'POST', iat: now / 1000 }
    expect(renewal).toEqual({ ...about, htu: `${app}/token`, nonce: 'kept' })
    const attempt = await proof.begin(false)
    const first = decodeJwt(textIn(await attempt!.headers(`${app}/login`)))
    expect(first).toEqual({ ...about, htu: `${app}/login` })
    expect(decodeJwt(textIn(await attempt!.headers(`${app}/login`, 'given')))).toMatchObject({ nonce: 'given' })
  })

  it('is never the same twice: a server takes each once', async () => {
    const proof = proofOfNow()
    const kept = await keptBy(proof)
    const texts = await Promise.all(Array.from({ length: 50 }, () => proof.prove(`${app}/token`, kept)))
    expect(new Set(texts.map((headers) => decodeJwt(textIn(headers)).jti)).size).toBe(50)
  })

  it('cannot be made with what a session of another kind has kept: then there is none, and no error that quotes it (C46)', async () => {
    const proof = proofOfNow()
    const hmac = { name: 'HMAC', hash: 'SHA-256' }
    const sessionKey = await crypto.subtle.importKey('raw', new Uint8Array(32), hmac, false, ['sign'])
    for (const key of ['a-session-key-as-a-text', sessionKey, undefined]) {
      expect(await proof.prove(`${app}/token`, { ...nobody, key })).toEqual({})
      const { tries } = await sent(proof, { ...nobody, key })
      expect(tries.map(({ headers }) => [...headers])).toEqual([[['authorization', `Bearer ${accessToken}`]]])
    }
  })
})

describe('the key', () => {
  it('is one that script cannot read out, where the storage holds keys (C41)', async () => {
    const { key } = await keptBy(proofOfNow())
    if (typeof key === 'string' || !('privateKey' in key)) throw new Error('not a pair of keys')
    expect(key.privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('jwk', key.privateKey)).rejects.toThrow('not extractable')
  })

  it('is the same after it was kept as it is, or as a text, and another one at each sign-in', async () => {
    const proof = proofOfNow()
    const thumbprint = async (key: KeptKey): Promise<string> => {
      const { jwk } = decodeProtectedHeader(textIn(await proof.prove(`${app}/token`, { ...nobody, key })))
      return calculateJwkThumbprint(jwk as Parameters<typeof calculateJwkThumbprint>[0])
    }
    const [{ key: pair }, { key: text }] = [await keptBy(proof), await keptBy(proof, true)]
    // What IndexedDB does with it, and what a file does.
    expect(await thumbprint(structuredClone(pair))).toBe(await thumbprint(pair))
    expect(await thumbprint(JSON.parse(JSON.stringify({ text })).text)).toBe(await thumbprint(text))
    const all = [pair, text, (await keptBy(proof)).key, (await keptBy(proof, true)).key]
    expect(new Set(await Promise.all(all.map(thumbprint))).size).toBe(4)
  })

  it('is read from the storage once for each token, and again where the storage did not have it (C11)', async () => {
    const proof = proofOfNow()
    const kept = await keptBy(proof)
    const found = [undefined, kept, kept]
    const answers = []
    const sendWith = (token: string): Promise<Response> | undefined =>
      proof.send?.(
        () => new Request(`${api}/orders`),
        async () => found.shift(),
        token,
        async (request) => new Response((request as Request).headers.get('Authorization')),
      )
    for (const token of ['one', 'one', 'one', 'two', 'two']) answers.push(await (await sendWith(token))?.text())
    expect(answers).toEqual(['Bearer one', 'DPoP one', 'DPoP one', 'DPoP two', 'DPoP two'])
  })

  it('is asked of WebCrypto; where there is none, nobody is signed in without it', async () => {
    vi.stubGlobal('crypto', {})
    const failure = await proofOfNow()
      .begin(false)
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(TypeError)
    expect([isClientError(failure), String(failure)]).toEqual([false, expect.stringContaining('WebCrypto')])
  })
})

describe('the nonce of a resource', () => {
  it('is the newest of its origin, and not that of token routes', async () => {
    const proof = proofOfNow()
    const kept = { ...(await keptBy(proof)), nonce: 'of a token route' }
    const files = (): Request => new Request('https://files.example/a')
    const bring = (nonce: string): Response => new Response('', { headers: { 'DPoP-Nonce': nonce } })
    const nonces = []
    for (const nonce of ['older', 'newer'])
      nonces.push(...noncesIn((await sent(proof, kept, undefined, bring(nonce))).tries))
    nonces.push(...noncesIn((await sent(proof, kept, files, bring('of another origin'))).tries))
    nonces.push(...noncesIn((await sent(proof, kept)).tries), ...noncesIn((await sent(proof, kept)).tries))
    nonces.push(...noncesIn((await sent(proof, kept, files)).tries))
    expect(nonces).toEqual([undefined, 'older', undefined, 'newer', 'newer', 'of another origin'])
  })

  it.each([
    ['says so', 'DPoP error="use_dpop_nonce", algs="ES256"'],
    ['cannot be read', null],
  ])('is asked for by a 401 whose challenge %s: the request is sent again, once (C11)', async (_, text) => {
    const proof = proofOfNow()
    const { tries, answer } = await sent(
      proof,
      await keptBy(proof),
      undefined,
      challenge(text),
      challenge(text, 'third'),
    )
    expect([noncesIn(tries), answer?.status]).toEqual([[undefined, 'next'], 401])
  })

  it.each([
    ['401 without a nonce', challenge('DPoP error="use_dpop_nonce"', null)],
    ['401 for the token', challenge('DPoP error="invalid_token"')],
    ['401 for the proof', challenge('DPoP error="invalid_dpop_proof"')],
    ['401 of an application', challenge('DPoP')],
    ['401 that says nothing', challenge(null, null)],
    ['403', challenge('DPoP error="use_dpop_nonce"', 'next', 403)],
  ])('is not asked for by a %s, which is the caller’s (C40)', async (_, refusal) => {
    const proof = proofOfNow()
    const { tries, answer } = await sent(proof, await keptBy(proof), undefined, refusal)
    expect([tries.length, answer]).toEqual([1, refusal])
  })
})
