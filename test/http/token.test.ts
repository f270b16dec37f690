// POST /token and POST /refresh in detail: the forged, the altered and the misplaced token are all refused alike, and a
// refusal never moves anything.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, bytesOf, generationOf, renew, sidOf, signed, signIn, type Answer } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { exchange, only, request } from './raw-socket.ts'

let server: TestServer
let elsewhere: TestServer
beforeAll(async () => {
  ;[server, elsewhere] = await Promise.all([startServer(), startServer()])
})
afterAll(() => Promise.all([server.remove(), elsewhere.remove()]))

const expectForbidden = ({ status, text }: Answer): void =>
  expect([status, text]).toEqual([403, '{"error":"Forbidden"}'])
const session = () => signIn(server.url, server.administrator)

test('rotates: the successor is the same session one generation on, and works in turn (RT-1)', async () => {
  const { refreshToken: first } = await session()
  const second = signed(await renew(server.url, first)).refreshToken
  const third = signed(await renew(server.url, second)).refreshToken
  expect([first, second, third].map(generationOf)).toEqual([1, 2, 3])
  expect(new Set([first, second, third].map(sidOf)).size).toBe(1)
})

test('/refresh and /token are one route: each goes on where the other stopped', async () => {
  const { refreshToken } = await session()
  const next = signed(await ask(server.url, 'POST /refresh', { body: { token: refreshToken } }))
  expect((await ask(server.url, 'POST /token/', { body: next })).status).toBe(200)
})

test('takes the same token under both names, and refuses different ones without moving either', async () => {
  const { refreshToken } = await session()
  const { refreshToken: other } = await session()
  const both = (token: string) => ask(server.url, 'POST /token', { body: { refreshToken, token } })
  expect((await both(other)).status).toBe(400)
  expect(generationOf(signed(await both(refreshToken)).refreshToken)).toBe(2)
  expect(generationOf(signed(await renew(server.url, other)).refreshToken)).toBe(2)
})

test('refuses a token with any one of its 432 bits flipped, and the true one goes on (RT-9)', async () => {
  const { refreshToken } = await session()
  const bytes = bytesOf(refreshToken)
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const altered = Buffer.from(bytes)
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expectForbidden(await renew(server.url, `lkr1_${altered.toString('base64url')}`))
  }
  expect((await renew(server.url, refreshToken)).status).toBe(200)
})

test('refuses every other spelling of a true token', async () => {
  const { refreshToken } = await session()
  const spelt = [
    ` ${refreshToken}`,
    `${refreshToken} `,
    `${refreshToken}\n`,
    `${refreshToken}=`,
    `${refreshToken}A`,
    refreshToken.slice(0, -1),
    refreshToken.replace('lkr1_', 'LKR1_'),
    refreshToken.replace('lkr1_', 'lkr2_'),
    refreshToken.slice(5),
    refreshToken.toUpperCase(),
    `${refreshToken}\0`,
    `${refreshToken},${refreshToken}`,
    encodeURIComponent(`${refreshToken}.`),
    refreshToken.split('').join('\u200B'),
  ]
  for (const token of spelt) expectForbidden(await renew(server.url, token))
  expect((await renew(server.url, refreshToken)).status).toBe(200)
})

test('refuses the token of another deployment, although both began with the same code and issuer', async () => {
  const foreign = await signIn(elsewhere.url, elsewhere.administrator)
  expectForbidden(await renew(server.url, foreign.refreshToken))
  expect((await ask(server.url, 'GET /me', { bearer: foreign.accessToken })).status).toBe(401)
  expect((await renew(elsewhere.url, foreign.refreshToken)).status).toBe(200)
})

test('takes no access token for a refresh token, and no refresh token for an access token', async () => {
  const { accessToken, refreshToken } = await session()
  expectForbidden(await renew(server.url, accessToken))
  expect((await ask(server.url, 'GET /me', { bearer: refreshToken })).status).toBe(401)
  expect((await ask(server.url, 'GET /sessions', { bearer: refreshToken })).status).toBe(401)
})

test('finds no token in a query, a cookie, an Authorization header or a prototype (SE-16, RT-10)', async () => {
  const { refreshToken } = await session()
  const nowhere = [
    ask(server.url, `POST /token?refreshToken=${refreshToken}`, { body: {} }),
    ask(server.url, 'POST /token', { body: {}, headers: { Cookie: `refreshToken=${refreshToken}` } }),
    ask(server.url, 'POST /token', { body: {}, bearer: refreshToken }),
    ask(server.url, 'POST /token', { body: `{"__proto__":{"refreshToken":"${refreshToken}"}}` }),
    ask(server.url, 'POST /token', { body: { refresh_token: refreshToken } }),
    ask(server.url, 'POST /token', { body: { RefreshToken: refreshToken } }),
  ]
  for (const answer of await Promise.all(nowhere)) expect(answer.status).toBe(401)
  expect(generationOf(signed(await renew(server.url, refreshToken)).refreshToken)).toBe(2)
})

const notTexts = ['7', 'true', '[]', '["lkr1_"]', '{}', '{"$ne":null}', '1e400', '[[[]]]']
test.each(notTexts)('answers 400 to a token that is %s', async (value) => {
  for (const name of ['refreshToken', 'token']) {
    const answer = await ask(server.url, 'POST /token', { body: `{"${name}":${value}}` })
    expect([answer.status, answer.text]).toEqual([400, '{"error":"Bad Request"}'])
  }
})

test.each(['7', '-0', 'true', '[]', '[null]', '"text"', '[{"token":"x"}]'])(
  'answers 400 to a body that is %s',
  async (body) => {
    const answer = await ask(server.url, 'POST /token', { body })
    expect([answer.status, answer.text]).toEqual([400, '{"error":"Bad Request"}'])
  },
)

test('answers 400 to two proofs, whichever of them is right, and nothing has moved', async () => {
  const client = await KeyedClient.signIn(server.url, server.administrator)
  const body = JSON.stringify({ refreshToken: client.refreshToken })
  const right = `Latchkey-Proof: ${client.proof()}`
  for (const pair of [
    [right, right],
    [right, 'Latchkey-Proof: v1'],
    ['latchkey-proof: x', right],
  ]) {
    const lines = ['Content-Type: application/json', ...pair]
    expect(await only(server.url, request('POST /token', lines, body))).toMatchObject({ status: 400 })
  }
  expect(generationOf(signed(await client.renew(server.url)).refreshToken)).toBe(2)
})

test('a plain token may come with a proof that nobody asked for', async () => {
  const { refreshToken } = await session()
  const answer = await ask(server.url, 'POST /token', {
    body: { refreshToken },
    headers: { 'Latchkey-Proof': 'v1.a.b' },
  })
  expect(answer.status).toBe(200)
})

test('answers two requests on one connection twice, in order', async () => {
  const { refreshToken } = await session()
  const body = JSON.stringify({ refreshToken })
  const lines = ['Content-Type: application/json', `Content-Length: ${body.length}`, 'Host: localhost']
  const first = `POST /token HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
  const answers = await exchange(server.url, first + request('POST /token', ['Content-Type: application/json'], '{}'))
  expect(answers.map(({ status }) => status)).toEqual([200, 401])
})
