// A protected route: the challenge that RFC 6750 asks for, and every forged, altered or borrowed access token of the
// attack list refused with the same 401, none of them with a word about why, none with a look outside.

import { createHmac, createPublicKey, generateKeyPairSync, sign, type JsonWebKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, signIn, type Answer } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { only, request } from './raw-socket.ts'

let server: TestServer
let good = ''
beforeAll(async () => {
  server = await startServer()
  good = (await signIn(server.url, server.administrator)).accessToken
})
afterAll(() => server.remove())

const me = (headers: Readonly<Record<string, string>>): Promise<Answer> => ask(server.url, 'GET /me', { headers })
const bearer = (token: string): Promise<Answer> => me({ Authorization: `Bearer ${token}` })

type Json = Record<string, unknown>
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const decoded = (part: number): Json =>
  JSON.parse(Buffer.from(good.split('.')[part] ?? '', 'base64url').toString()) as Json

interface KeyFile {
  readonly signing: readonly { readonly privateJwk: JsonWebKey }[]
}
const ownJwk = (): JsonWebKey => {
  const file = JSON.parse(readFileSync(join(server.folder, 'keys.json'), 'utf8')) as KeyFile
  return file.signing[0]?.privateJwk ?? {}
}

// Signed with the server's true key: what is wrong is in the header or the claims alone.
function withTrueKey(header: Json, claims: Json, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): string {
  const text = `${encode({ ...decoded(0), ...header })}.${encode({ ...decoded(1), ...claims })}`
  const key = { key: ownJwk(), format: 'jwk', dsaEncoding } as const
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

function withOtherKey(header: Json): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const text = `${encode({ ...decoded(0), ...header, ...(header['jwk'] === true ? { jwk } : {}) })}.${encode(decoded(1))}`
  return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

function withPublicKeyAsSecret(format: 'pem' | 'der'): string {
  const key = createPublicKey({ key: ownJwk(), format: 'jwk' })
  const secret = format === 'pem' ? key.export({ type: 'spki', format }) : key.export({ type: 'spki', format })
  const text = `${encode({ ...decoded(0), alg: 'HS256' })}.${encode(decoded(1))}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

const [head, body, signature] = [0, 1, 2].map((part) => () => good.split('.')[part] ?? '')
const parts = (...list: readonly string[]): string => list.join('.')
const unsigned = (alg: unknown): string => parts(encode({ ...decoded(0), alg }), body?.() ?? '', '')
const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds

const forged: Readonly<Record<string, () => string>> = {
  'alg none, unsigned': () => unsigned('none'),
  'alg None, with the true signature': () => unsigned('None') + (signature?.() ?? ''),
  'alg as a number': () => withTrueKey({ alg: 7 }, {}),
  'no alg': () => withTrueKey({ alg: undefined }, {}),
  'alg ES384 on the same key': () => withTrueKey({ alg: 'ES384' }, {}),
  'alg RS256 on the same kid': () => withTrueKey({ alg: 'RS256' }, {}),
  'HS256 with the public key in PEM': () => withPublicKeyAsSecret('pem'),
  'HS256 with the public key in DER': () => withPublicKeyAsSecret('der'),
  'another key under our kid': () => withOtherKey({}),
  'another key, shipped as jwk': () => withOtherKey({ jwk: true }),
  'a jku to fetch': () => withOtherKey({ jku: 'http://127.0.0.1:9/keys', kid: 'theirs' }),
  'a kid that is a path': () => withTrueKey({ kid: '../../dev/null' }, {}),
  'kid __proto__': () => withTrueKey({ kid: '__proto__' }, {}),
  'a kid that is a list': () => withTrueKey({ kid: [decoded(0)['kid']] }, {}),
  'no kid': () => withTrueKey({ kid: undefined }, {}),
  crit: () => withTrueKey({ crit: ['exp'] }, {}),
  'b64 false': () => withTrueKey({ crit: ['b64'], b64: false }, {}),
  'typ JWT': () => withTrueKey({ typ: 'JWT' }, {}),
  'no typ': () => withTrueKey({ typ: undefined }, {}),
  'another issuer': () => withTrueKey({}, { iss: 'http://127.0.0.1:3000/' }),
  'another audience': () => withTrueKey({}, { aud: 'http://127.0.0.1:300' }),
  'an empty audience': () => withTrueKey({}, { aud: [] }),
  'no exp': () => withTrueKey({}, { exp: undefined }),
  'exp as a text': () => withTrueKey({}, { exp: '9999999999' }),
  'exp long past': () => withTrueKey({}, { exp: inSeconds(-3600) }),
  'iat far ahead': () => withTrueKey({}, { iat: inSeconds(3600) }),
  'nbf far ahead': () => withTrueKey({}, { nbf: inSeconds(3600) }),
  'sub as a number': () => withTrueKey({}, { sub: 7 }),
  'an empty sub': () => withTrueKey({}, { sub: '' }),
  'sid as a list': () => withTrueKey({}, { sid: [decoded(1)['sid']] }),
  'a signature in DER': () => withTrueKey({}, {}, 'der'),
  'no signature': () => parts(head?.() ?? '', body?.() ?? '', ''),
  'a signature of zeros': () => parts(head?.() ?? '', body?.() ?? '', Buffer.alloc(64).toString('base64url')),
  'four parts': () => parts(good, 'x'),
  'five parts': () => parts(good, 'x', 'y'),
  'JSON form': () => encode({ payload: body?.(), protected: head?.(), signature: signature?.() }),
  padding: () => `${good}==`,
  'a space inside': () => good.replace('.', '. '),
  'nine kilobytes': () => `${good}${'A'.repeat(9000)}`,
}

test.each(Object.entries(forged))(
  'refuses an access token with %s, saying no more than invalid_token (SE-2)',
  async (_, make) => {
    const { status, text, headers } = await bearer(make())
    expect([status, text]).toEqual([401, '{"error":"Unauthorized"}'])
    expect(headers.get('WWW-Authenticate')).toMatch(/^Bearer error="invalid_token", error_description="[^"\\]+"$/)
    expect((await bearer(good)).status).toBe(200)
  },
)

test('accepts what differs from a true token in nothing', async () => {
  expect((await bearer(withTrueKey({}, {}))).status).toBe(200)
})

test('refuses a token with any character of it changed (SE-2)', async () => {
  for (let index = 0; index < good.length; index += 3) {
    const other = good[index] === 'A' ? 'B' : 'A'
    const { status } = await bearer(good.slice(0, index) + other + good.slice(index + 1))
    expect(status).toBe(401)
  }
})

test('challenges with Bearer alone where no token came, also under another scheme', async () => {
  const none = ['', 'Bearer', 'Bearer ', `Basic ${good}`, good, `Bearer${good}`, `Token ${good}`]
  for (const value of none) {
    const { status, text, headers } = await me(value === '' ? {} : { Authorization: value })
    expect([status, text, headers.get('WWW-Authenticate')]).toEqual([401, '{"error":"Unauthorized"}', 'Bearer'])
    expect(headers.get('Cache-Control')).toBe('no-store')
  }
})

test('takes the scheme in whatever case, as RFC 9110 says', async () => {
  for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
    expect((await me({ Authorization: `${scheme} ${good}` })).status).toBe(200)
  }
})

test('finds no access token in a query, a cookie or a body', async () => {
  expect((await ask(server.url, `GET /me?access_token=${good}`)).status).toBe(401)
  expect((await me({ Cookie: `access_token=${good}` })).status).toBe(401)
})

test('answers 400 to an Authorization header that comes twice, equal or not', async () => {
  const line = `Authorization: Bearer ${good}`
  for (const lines of [
    [line, line],
    [line, 'authorization: Bearer x'],
    ['Authorization: Basic x', line],
  ]) {
    for (const route of ['GET /me', 'GET /sessions', 'DELETE /sessions', 'POST /logout/all']) {
      const answer = await only(server.url, request(route, lines))
      expect([answer.status, answer.body]).toEqual([400, '{"error":"Bad Request"}'])
    }
  }
  expect((await bearer(good)).status).toBe(200)
})
