// The plain dialect as one table: each row of docs/http.md asked of the real server, its status and its whole body
// compared, no other member allowed. Then what holds for every row: no cache, a challenge with each 401, one answer.
// The files beside this one go into each route; this one is the contract at a glance.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, renew, signIn, type Answer, type Asked } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.remove())

const text = expect.any(String) as string
const tokens = { accessToken: text, refreshToken: text, tokenType: 'Bearer', expiresIn: 600 }
const user = { id: text, name: 'admin', admin: true }
const unauthorized = { error: 'Unauthorized' }
const forbidden = { error: 'Forbidden' }
const badRequest = { error: 'Bad Request' }
const nothing = undefined
const forged = `lkr1_${'A'.repeat(72)}`

interface Row {
  readonly name: string
  readonly route: string
  readonly asked: () => Promise<Asked> | Asked
  readonly status: number
  readonly body: unknown
}

const session = () => signIn(server.url, server.administrator)
const row = (route: string, name: string, asked: Row['asked'], status: number, body: unknown): Row => ({
  name,
  route,
  asked,
  status,
  body,
})

const signedOutToken = async (): Promise<string> => {
  const { refreshToken } = await session()
  await ask(server.url, 'POST /logout', { body: { refreshToken } })
  return refreshToken
}

const withoutProof = async (): Promise<string> =>
  (await KeyedClient.signIn(server.url, server.administrator)).refreshToken

const signInRows: readonly Row[] = [
  row('POST /login', 'right credentials', () => ({ body: server.administrator }), 200, { ...tokens, user }),
  row(
    'POST /login',
    'right credentials and a session key asked for',
    () => ({ body: server.administrator, headers: { 'Latchkey-Proof': 'v1' } }),
    200,
    { ...tokens, user, sessionKey: expect.stringMatching(/^[\w-]{43}$/) as string },
  ),
  row(
    'POST /login',
    'a wrong password',
    () => ({ body: { ...server.administrator, password: 'wrong' } }),
    401,
    unauthorized,
  ),
  row(
    'POST /login',
    'a user who does not exist',
    () => ({ body: { username: 'nobody', password: 'wrong' } }),
    401,
    unauthorized,
  ),
  row('POST /login', 'a body that lacks the password', () => ({ body: { username: 'admin' } }), 400, badRequest),
]

const tokenRows = (route: string): readonly Row[] => [
  row(route, '{ refreshToken }', async () => ({ body: { refreshToken: (await session()).refreshToken } }), 200, tokens),
  row(route, '{ token }', async () => ({ body: { token: (await session()).refreshToken } }), 200, tokens),
  row(route, '{}', () => ({ body: {} }), 401, unauthorized),
  row(route, '""', () => ({ body: '""' }), 401, unauthorized),
  row(route, 'null', () => ({ body: 'null' }), 401, unauthorized),
  row(route, 'no body', () => ({}), 401, unauthorized),
  row(route, 'an empty token', () => ({ body: { refreshToken: '' } }), 401, unauthorized),
  row(route, 'a token that is null', () => ({ body: { token: null } }), 401, unauthorized),
  row(route, 'a forged token', () => ({ body: { refreshToken: forged } }), 403, forbidden),
  row(route, 'a text that is no token', () => ({ body: { token: 'abc' } }), 403, forbidden),
  row(route, 'a signed-out token', async () => ({ body: { token: await signedOutToken() } }), 403, forbidden),
  row(route, 'an unproved token', async () => ({ body: { token: await withoutProof() } }), 403, forbidden),
  row(route, 'a number', () => ({ body: '7' }), 400, badRequest),
  row(route, 'an array', () => ({ body: [] }), 400, badRequest),
  row(route, 'two different tokens', () => ({ body: { refreshToken: 'a', token: 'b' } }), 400, badRequest),
]

const otherRows: readonly Row[] = [
  row('POST /logout', 'a token', async () => ({ body: { token: (await session()).refreshToken } }), 204, nothing),
  row('POST /logout', 'none', () => ({}), 204, nothing),
  row('GET /me', 'an access token', async () => ({ bearer: (await session()).accessToken }), 200, user),
  row('GET /me', 'none', () => ({}), 401, unauthorized),
  row('GET /me', 'a bad one', () => ({ bearer: 'bad' }), 401, unauthorized),
  row('GET /sessions', 'none', () => ({}), 401, unauthorized),
  row('DELETE /sessions', 'none', () => ({}), 401, unauthorized),
  row('DELETE /sessions/AAAA', 'none', () => ({}), 401, unauthorized),
  row(
    'DELETE /sessions/AAAA',
    'an id of nobody',
    async () => ({ bearer: (await session()).accessToken }),
    204,
    nothing,
  ),
  row('DELETE /sessions', 'an access token', async () => ({ bearer: (await session()).accessToken }), 204, nothing),
  row('POST /logout/all', 'none', () => ({}), 401, unauthorized),
  row('POST /logout/all', 'an access token', async () => ({ bearer: (await session()).accessToken }), 204, nothing),
  row('GET /nowhere', 'any', () => ({}), 404, { error: 'Not Found' }),
  row('PUT /token', 'any', () => ({}), 405, { error: 'Method Not Allowed' }),
  row('POST /token', 'a text', () => ({ body: 'a=b', headers: plainText }), 415, { error: 'Unsupported Media Type' }),
]
const plainText = { 'Content-Type': 'text/plain' }

const rows = [...signInRows, ...tokenRows('POST /token'), ...tokenRows('POST /refresh'), ...otherRows]

test.each(rows)(
  '$route with $name answers $status and exactly that body (I8)',
  async ({ route, asked, status, body }) => {
    const answer = await ask(server.url, route, await asked())
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body })
    expectWhatHoldsForAll(answer)
  },
)

function expectWhatHoldsForAll({ status, headers, text: body }: Answer): void {
  expect(headers.get('Cache-Control')).toBe('no-store')
  expect(headers.has('WWW-Authenticate')).toBe(status === 401)
  expect(headers.get('Content-Type')).toBe(status === 204 ? null : 'application/json; charset=utf-8')
  expect(headers.get('Content-Length')).toBe(status === 204 ? null : String(Buffer.byteLength(body)))
  expect(headers.get('ETag')).toBe(null)
  expect(headers.get('Set-Cookie')).toBe(null)
  expect(headers.get('X-Powered-By')).toBe(null)
}

test('an access token says who issued it, for whom, and when it ends, as RFC 9068 asks', async () => {
  const { accessToken, user: shown } = await session()
  const [head = '', payload = ''] = accessToken.split('.').map((part) => Buffer.from(part, 'base64url').toString())
  expect(JSON.parse(head)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: text })
  const claims = JSON.parse(payload) as Record<string, unknown>
  const names = ['iss', 'sub', 'aud', 'client_id', 'sid', 'auth_time', 'iat', 'exp', 'jti']
  expect(Object.keys(claims).sort()).toEqual(names.sort())
  expect(claims).toMatchObject({ sub: shown?.['id'], client_id: 'first-party' })
  expect(Number(claims['exp']) - Number(claims['iat'])).toBe(600)
})

test('a token once answered with its successor is refused with the same body as a forged one (I8)', async () => {
  const { refreshToken } = await session()
  const first = await renew(server.url, refreshToken)
  const second = await renew(server.url, (first.body as { refreshToken: string }).refreshToken)
  expect(second.status).toBe(200)
  const answers = [await renew(server.url, refreshToken), await renew(server.url, forged)]
  for (const answer of answers) expect([answer.status, answer.text]).toEqual([403, '{"error":"Forbidden"}'])
})
