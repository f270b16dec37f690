// Header transport: asked for at sign-in, then the refresh token travels in `refresh-token` both ways and stands in no
// body. A token is good on its own road only, and a request with two of them is refused before anything is looked at.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, generationOf, renew, signIn, type Answer } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { only, request } from './raw-socket.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.remove())

const asHeader = { 'Latchkey-Transport': 'header' }

const loginByHeader = (more: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(server.url, 'POST /login', { body: server.administrator, headers: { ...asHeader, ...more } })

const renewByHeader = (token: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(server.url, 'POST /token', { headers: { 'refresh-token': token, ...more } })

const tokenIn = ({ headers }: Answer): string => headers.get('refresh-token') ?? ''
const text = expect.any(String) as string

test('hands the token out in the response header, at sign-in and at renewal, and in no body', async () => {
  const signedIn = await loginByHeader()
  const user = { id: text, name: 'admin', admin: true }
  expect(signedIn.body).toEqual({ accessToken: text, tokenType: 'Bearer', expiresIn: 600, user })
  const renewed = await renewByHeader(tokenIn(signedIn))
  expect([renewed.status, renewed.body]).toEqual([200, { accessToken: text, tokenType: 'Bearer', expiresIn: 600 }])
  for (const { headers } of [signedIn, renewed]) expect(headers.get('Cache-Control')).toBe('no-store')
  expect([signedIn, renewed].map(tokenIn).map(generationOf)).toEqual([1, 2])
})

test('takes an empty JSON body beside the header, and is the same on /refresh', async () => {
  const token = tokenIn(await loginByHeader())
  const next = await ask(server.url, 'POST /refresh', { headers: { 'refresh-token': token }, body: {} })
  expect([next.status, generationOf(tokenIn(next))]).toEqual([200, 2])
})

test('a session in body transport has no refresh-token header in any answer', async () => {
  const signedIn = await ask(server.url, 'POST /login', { body: server.administrator })
  const renewed = await ask(server.url, 'POST /token', { body: signedIn.body })
  for (const { headers } of [signedIn, renewed]) expect(headers.has('refresh-token')).toBe(false)
})

test('refuses a token that travels as the other kind does with 403, and its own road stays open', async () => {
  const inBody = (await signIn(server.url, server.administrator)).refreshToken
  const inHeader = tokenIn(await loginByHeader())
  for (const answer of [await renewByHeader(inBody), await renew(server.url, inHeader)]) {
    expect([answer.status, answer.text]).toEqual([403, '{"error":"Forbidden"}'])
  }
  expect((await renew(server.url, inBody)).status).toBe(200)
  expect((await renewByHeader(inHeader)).status).toBe(200)
})

test('answers 400 to two carriers, even with one and the same token, and nothing has moved', async () => {
  const token = tokenIn(await loginByHeader())
  const other = (await signIn(server.url, server.administrator)).refreshToken
  for (const refreshToken of [token, other, 'x']) {
    const answer = await ask(server.url, 'POST /token', { headers: { 'refresh-token': token }, body: { refreshToken } })
    expect([answer.status, answer.text]).toEqual([400, '{"error":"Bad Request"}'])
  }
  expect(generationOf(tokenIn(await renewByHeader(token)))).toBe(2)
})

test('answers 401 to an empty header, and 403 to a forged token in it', async () => {
  expect((await renewByHeader('')).status).toBe(401)
  expect((await renewByHeader(`lkr1_${'A'.repeat(72)}`)).status).toBe(403)
})

test('answers 400 to a refresh-token header that comes twice, equal or not, and nothing has moved', async () => {
  const token = tokenIn(await loginByHeader())
  const line = `refresh-token: ${token}`
  for (const lines of [
    [line, line],
    [line, 'Refresh-Token: x'],
    ['refresh-token: x', line],
  ]) {
    const answer = await only(server.url, request('POST /token', lines))
    expect([answer.status, answer.body]).toEqual([400, '{"error":"Bad Request"}'])
  }
  expect(generationOf(tokenIn(await renewByHeader(token)))).toBe(2)
})

test('proves a keyed session in header transport over the token in the header', async () => {
  const signedIn = await loginByHeader({ 'Latchkey-Proof': 'v1' })
  const token = tokenIn(signedIn)
  const { accessToken, sessionKey } = signedIn.body as { accessToken: string; sessionKey: string }
  const nonce = signedIn.headers.get('Latchkey-Nonce') ?? ''
  const signedTokens = { accessToken, refreshToken: token, sessionKey, tokenType: 'Bearer', expiresIn: 600 }
  const client = new KeyedClient(signedTokens, nonce)
  expect((await renewByHeader(token)).status).toBe(403)
  expect((await renewByHeader(token, { 'Latchkey-Proof': client.proof('') })).status).toBe(403)
  const renewed = await renewByHeader(token, { 'Latchkey-Proof': client.proof() })
  expect([renewed.status, generationOf(tokenIn(renewed))]).toEqual([200, 2])
})

test('signs out by the header', async () => {
  const signedIn = await loginByHeader()
  const { accessToken } = signedIn.body as { accessToken: string }
  const answer = await ask(server.url, 'POST /logout', { headers: { 'refresh-token': tokenIn(signedIn) } })
  expect([answer.status, answer.text]).toEqual([204, ''])
  expect((await ask(server.url, 'GET /me', { bearer: accessToken })).status).toBe(401)
  expect((await renewByHeader(tokenIn(signedIn))).status).toBe(403)
})
