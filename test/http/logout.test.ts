// POST /logout: 204 whatever comes, as often as it comes, and what was signed out is refused on the very next request,
// access token and all.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, renew, signed, signIn, type Answer, type Asked, type Signed } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { only, request } from './raw-socket.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.remove())

const session = () => signIn(server.url, server.administrator)
const logout = (asked: Asked): Promise<Answer> => ask(server.url, 'POST /logout', asked)

async function expectEnded({ accessToken, refreshToken }: Signed): Promise<void> {
  const shown = await ask(server.url, 'GET /me', { bearer: accessToken })
  expect([shown.status, shown.text]).toEqual([401, '{"error":"Unauthorized"}'])
  const renewed = await renew(server.url, refreshToken)
  expect([renewed.status, renewed.text]).toEqual([403, '{"error":"Forbidden"}'])
}

const expectNothing = ({ status, text, headers }: Answer): void => {
  expect([status, text, headers.get('Cache-Control')]).toEqual([204, '', 'no-store'])
}

const junk: readonly (readonly [string, Asked])[] = [
  ['no body', {}],
  ['an empty object', { body: {} }],
  ['a forged token', { body: { refreshToken: `lkr1_${'A'.repeat(72)}` } }],
  ['a text that is no token', { body: { token: 'abc' } }],
  ['a number for a token', { body: { token: 7 } }],
  ['a number', { body: '7' }],
  ['an array', { body: [] }],
  ['broken JSON', { body: '{"token":' }],
  ['a form', { body: 'token=abc', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }],
  ['bytes of no type', { body: 'x', headers: { 'Content-Type': 'application/octet-stream' } }],
  ['a coding nobody knows', { body: '{}', headers: { 'Content-Encoding': 'gzip' } }],
  ['twenty kilobytes', { body: { token: 'x'.repeat(20_000) } }],
  ['a bad access token', { bearer: 'bad' }],
  ['a header that holds no token', { headers: { 'refresh-token': 'abc' } }],
  ['two different tokens', { body: { refreshToken: 'a', token: 'b' } }],
  ['a proof that is none', { body: {}, headers: { 'Latchkey-Proof': 'x' } }],
]

test.each(junk)('answers 204 and no content to %s', async (_name, asked) => {
  expectNothing(await logout(asked))
})

test('ends the session, and the very next request with its access token is refused (I10, RT-12, SE-6, NI-6)', async () => {
  for (const name of ['refreshToken', 'token']) {
    const begun = await session()
    expect((await ask(server.url, 'GET /me', { bearer: begun.accessToken })).status).toBe(200)
    expectNothing(await logout({ body: { [name]: begun.refreshToken } }))
    await expectEnded(begun)
  }
})

test('is idempotent: again, and again, 204 (NI-10)', async () => {
  const begun = await session()
  for (let round = 0; round < 3; round += 1) expectNothing(await logout({ body: { token: begun.refreshToken } }))
  await expectEnded(begun)
})

test('ends the session by its access token alone', async () => {
  const begun = await session()
  expectNothing(await logout({ bearer: begun.accessToken }))
  await expectEnded(begun)
})

test('ends the session by a token of an older generation', async () => {
  const begun = await session()
  const newer = signed(await renew(server.url, begun.refreshToken))
  expectNothing(await logout({ body: { token: begun.refreshToken } }))
  await expectEnded(newer)
})

test('ends a keyed session without its proof', async () => {
  const client = await KeyedClient.signIn(server.url, server.administrator)
  expectNothing(await logout({ body: { token: client.refreshToken } }))
  expect((await client.renew(server.url)).status).toBe(403)
  expect((await ask(server.url, 'GET /me', { bearer: client.accessToken })).status).toBe(401)
})

test('ends every session that a request holds a token of', async () => {
  const [one, other] = [await session(), await session()]
  expectNothing(await logout({ body: { refreshToken: one.refreshToken, token: other.refreshToken } }))
  await expectEnded(one)
  await expectEnded(other)
})

test('leaves all other sessions alone', async () => {
  const [one, other] = [await session(), await session()]
  expectNothing(await logout({ body: { token: one.refreshToken } }))
  expect((await ask(server.url, 'GET /me', { bearer: other.accessToken })).status).toBe(200)
  expect((await renew(server.url, other.refreshToken)).status).toBe(200)
})

test('answers 204 to an Authorization header that comes twice, and to a refresh-token header that comes twice', async () => {
  for (const line of ['Authorization: Bearer x', 'refresh-token: x']) {
    expect(await only(server.url, request('POST /logout', [line, line]))).toMatchObject({ status: 204, body: '' })
  }
})

test('wins against a renewal that runs beside it: after the 204 nothing of the session works (I10, OP-2)', async () => {
  for (let round = 0; round < 20; round += 1) {
    const begun = await session()
    const [renewed, out] = await Promise.all([
      renew(server.url, begun.refreshToken),
      logout({ body: { token: begun.refreshToken } }),
    ])
    expect(out.status).toBe(204)
    if (renewed.status === 200) await expectEnded(signed(renewed))
    else expect(renewed.status).toBe(403)
    await expectEnded(begun)
  }
})
