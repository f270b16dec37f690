// Attack cases 18, 19 and 20: proofs of keys. A thief may have the tokens of a bound session, old proofs of it and keys of his
// own, and still gets nothing: neither a renewal nor a protected page, and the owner goes on.

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { DpopClient, DpopKey, type DpopAsked, type ProofOf } from '../helpers/dpop.ts'
import { ask, renew, type Answer } from '../helpers/requests.ts'
import { publicUrl, useTarget } from './target.ts'

const target = useTarget()
const place = (): { url: string; publicUrl: string } => ({ url: target().url, publicUrl })
const signIn = (key?: DpopKey): Promise<DpopClient> => DpopClient.signIn(place(), target().user, key)

/** A renewal with another proof than the honest one. */
const renewWith = (client: DpopClient, proof: Partial<ProofOf>, headers?: DpopAsked['headers']): Promise<Answer> =>
  client.send(place(), 'POST /token', {
    body: { refreshToken: client.refreshToken },
    proof,
    ...(headers === undefined ? {} : { headers }),
  })

/** Each of these proofs renews nothing and opens nothing; the session stays the owner's. */
async function refused(client: DpopClient, proofs: readonly (readonly [string, Partial<ProofOf>])[]): Promise<void> {
  await client.get(place(), '/me')
  await target().unmoved(async () => {
    for (const [what, proof] of proofs) {
      const [renewed, shown] = [
        await renewWith(client, proof),
        await client.send(place(), 'GET /me', { token: client.accessToken, proof }),
      ]
      expect([what, renewed.status, shown.status]).toEqual([what, 401, 401])
      const error = what.startsWith('nonce') ? 'use_dpop_nonce' : 'invalid_dpop_proof'
      expect([what, shown.headers.get('WWW-Authenticate')]).toEqual([
        what,
        expect.stringMatching(`^DPoP .*error="${error}"`),
      ])
    }
  })
  expect([(await client.renew(place())).status, (await client.get(place(), '/me')).status]).toEqual([200, 200])
}

describe('attack 18: a hostile key in the proof', () => {
  test('a private, symmetric, short, even or off-curve key is 401 (DP-2, JW-8)', async () => {
    const client = await signIn()
    const { jwk } = client.key
    const secret = client.key.privateKey.export({ format: 'jwk' })
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })
    const rsa = new DpopKey('RS256').jwk
    const keys: readonly (readonly [string, unknown])[] = [
      ['private', secret],
      ['d alone', { ...jwk, d: 'AA' }],
      ['symmetric', { kty: 'oct', k: 'AAAA' }],
      ['RSA of 1024 bits', short],
      ['RSA with e = 1', { ...rsa, e: 'AQ' }],
      ['off the curve', { ...jwk, y: jwk['x'] }],
      ['another curve', { ...jwk, crv: 'P-384' }],
      ['a stranger', new DpopKey().jwk],
      ['none', undefined],
      ['a text', JSON.stringify(jwk)],
      ['a list', [jwk]],
      ['a set', { keys: [jwk] }],
      ['hostile names', { ...jwk, __proto__: { kty: 'oct' }, constructor: 1 }],
    ]
    await refused(
      client,
      keys.filter(([what]) => what !== 'hostile names').map(([what, key]) => [what, { header: { jwk: key } }]),
    )
  })

  test('a proof of another type or algorithm, or with an order to fetch a key, is 401 and fetches nothing (DP-2, JW-3)', async () => {
    const client = await signIn()
    const url = 'http://127.0.0.1:9/jwks'
    const headers: readonly object[] = [
      ...['at+jwt', 'JWT', undefined, 'DPOP+JWT ', 'dbsc+jwt'].map((typ) => ({ typ })),
      ...['none', 'HS256', 'RS256', 'ES384', 'es256', undefined, ''].map((alg) => ({ alg })),
      { jku: url, jwk: undefined },
      { x5u: url, jwk: undefined },
      { kid: 'x', jwk: undefined },
      { crit: ['exp'] },
      { b64: false, crit: ['b64'] },
    ]
    await refused(
      client,
      headers.map((header) => [JSON.stringify(header), { header: { ...header } }]),
    )
  })
})

describe('attack 19: a proof that is not for this request', () => {
  test('another method, URL, time, id or nonce is 401 (DP-3, DP-4, DP-6)', async () => {
    const client = await signIn()
    const urls = [
      `${publicUrl}/token/x`,
      publicUrl,
      'https://evil.example/token',
      'http://app.example/token',
      `${publicUrl}:8443/token`,
      'https://APP.example.evil/token',
      `${publicUrl}/TOKEN`,
      `${publicUrl}/%2ftoken`,
      target().url + '/token',
    ]
    const now = Math.floor(Date.now() / 1000)
    await refused(client, [
      ...['GETT', 'PUT', 'post', '', undefined].map((htm) => [`htm ${htm}`, { claims: { htm } }] as const),
      ...[...urls, '', undefined, 7, [`${publicUrl}/token`]].map(
        (htu) => [`htu ${String(htu)}`, { claims: { htu } }] as const,
      ),
      ...[0, -1, now - 400 * 86_400, now + 400 * 86_400, '1', undefined, 2 ** 60].map(
        (iat) => [`iat ${iat}`, { claims: { iat } }] as const,
      ),
      ...['', undefined, 7, ['x'], 'x'.repeat(5000)].map(
        (jti) => [`jti ${String(jti).slice(0, 9)}`, { claims: { jti } }] as const,
      ),
      ...['', 'x', 'A'.repeat(27), undefined].map(
        (nonce) => [`nonce ${String(nonce)}`, { claims: { nonce } }] as const,
      ),
    ])
  })

  test('the Host and what a proxy may say of it do not make another URL right (DP-3)', async () => {
    const client = await signIn()
    await client.get(place(), '/me')
    const spoofed = {
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'https',
      Forwarded: 'host=evil.example;proto=https',
    }
    await target().unmoved(async () => {
      expect((await renewWith(client, { claims: { htu: 'https://evil.example/token' } }, spoofed)).status).toBe(401)
      expect((await renewWith(client, { claims: { htu: `${target().url}/token` } })).status).toBe(401)
    })
  })

  test('a proof without the access token, or of another one, opens nothing: 401 (DP-10)', async () => {
    const [client, other] = [await signIn(), await signIn()]
    await client.get(place(), '/me')
    for (const ath of [undefined, '', 'x', client.key.thumbprint]) {
      expect(
        (await client.send(place(), 'GET /me', { token: client.accessToken, proof: { claims: { ath } } })).status,
      ).toBe(401)
    }
    const proof = { token: other.accessToken }
    expect((await client.send(place(), 'GET /me', { token: client.accessToken, proof })).status).toBe(401)
    expect((await client.get(place(), '/me')).status).toBe(200)
  })

  test('a proof that came before is 401, at the token route and at a resource, and is told (DP-5)', async () => {
    const client = await signIn()
    await client.get(place(), '/me')
    const once = { jti: 'one and the same', at: Date.now() }
    expect((await renewWith(client, once)).status).toBe(200)
    await target().unmoved(async () => expect((await renewWith(client, once)).status).toBe(401))
    const twice = { token: client.accessToken, proof: once }
    const statuses = [
      (await client.send(place(), 'GET /me', twice)).status,
      (await client.send(place(), 'GET /me', twice)).status,
    ]
    expect(statuses).toEqual([200, 401])
  })

  test('two proofs in one request are 401, in two lines or in one (DP-1)', async () => {
    const client = await signIn()
    await client.get(place(), '/me')
    const proofOf = (): string =>
      client.key.proof({ method: 'POST', url: `${publicUrl}/token`, nonce: client.nonces.token })
    const body = { refreshToken: client.refreshToken }
    await target().unmoved(async () => {
      expect((await target().sendJson('POST /token', body, [`DPoP: ${proofOf()}`, `DPoP: ${proofOf()}`])).status).toBe(
        401,
      )
      expect((await target().sendJson('POST /token', body, [`DPoP: ${proofOf()}, ${proofOf()}`])).status).toBe(401)
    })
  })

  test('a nonce of the token route opens no resource, and the other way round (DP-7)', async () => {
    const client = await signIn()
    await client.get(place(), '/me')
    const { token, resource } = client.nonces
    expect([token === undefined, resource === undefined, token === resource]).toEqual([false, false, false])
    const shown = await client.send(place(), 'GET /me', { token: client.accessToken, proof: { nonce: token } })
    expect([shown.status, shown.headers.get('WWW-Authenticate')?.includes('use_dpop_nonce')]).toEqual([401, true])
    await target().unmoved(async () => expect((await renewWith(client, { nonce: resource })).status).toBe(401))
  })

  test('a bound token as Bearer, and a bearer token as DPoP, are 401 (DP-10)', async () => {
    const [client, plain] = [await signIn(), await target().signIn()]
    expect((await ask(target().url, 'GET /me', { bearer: client.accessToken })).status).toBe(401)
    expect((await client.ask(place(), 'GET /me', { token: plain.accessToken })).status).toBe(401)
    expect((await ask(target().url, 'GET /sessions', { bearer: client.accessToken })).status).toBe(401)
  })

  test('the refresh token alone, or with another key, renews nothing, and the owner goes on (DP-8)', async () => {
    const client = await signIn()
    const thief = new DpopClient()
    thief.refreshToken = client.refreshToken
    await target().unmoved(async () => {
      expect((await renew(target().url, client.refreshToken)).status).toBe(403)
      expect((await thief.renew(place())).status).toBe(403)
    })
    expect(target().server.log).toContain('"event":"unproved"')
    expect((await client.renew(place())).status).toBe(200)
  })
})

describe('attack 20: device-bound sessions of browsers (DBSC)', () => {
  const headers = {
    'Secure-Session-Response': 'x.y.z',
    'Sec-Secure-Session-Id': 'x',
    'Secure-Session-Registration': '(ES256);path="/dbsc"',
  }

  test('are not offered: no answer starts a registration, and what a browser says of one means nothing', async () => {
    const session = await target().signIn()
    const answers = [
      await ask(target().url, 'POST /login', { body: target().user, headers }),
      await ask(target().url, 'GET /me', { bearer: session.accessToken, headers }),
      await renew(target().url, session.refreshToken),
    ]
    for (const { status, headers: said } of answers) {
      expect([status, [...said.keys()].filter((name) => name.includes('secure-session'))]).toEqual([200, []])
    }
    for (const path of ['/dbsc/register', '/dbsc/refresh']) {
      expect((await ask(target().url, `POST ${path}`, { headers })).status).toBe(404)
    }
  })

  test('a token that says it is of one is refused: its flags are part of its mac (RT-9)', async () => {
    const { refreshToken } = await target().signIn()
    const bytes = Buffer.from(refreshToken.slice(5), 'base64url')
    bytes[0] = (bytes[0] ?? 0) | 3
    await target().unmoved(async () =>
      expect((await renew(target().url, `lkr1_${bytes.toString('base64url')}`)).status).toBe(403),
    )
  })
})
