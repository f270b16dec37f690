// A request that is wrong in several ways is told one of them, always the same: 405, 415, 413, 400, 401, 403 in this
// order. Each pair of neighbours is tried with a request that is wrong in both ways.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { only, request } from './raw-socket.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.remove())

const json = 'Content-Type: application/json'
const xml = 'Content-Type: application/xml'
const tooMuch = 'x'.repeat(17_000)
const proofTwice = ['Latchkey-Proof: v1', 'Latchkey-Proof: v1']

const allowed: Readonly<Record<string, string>> = {
  '/login': 'POST',
  '/token': 'POST',
  '/refresh': 'POST',
  '/logout': 'POST',
  '/logout/all': 'POST',
  '/sessions': 'GET, DELETE',
  '/sessions/AAAA': 'DELETE',
  '/me': 'GET',
  '/healthz': 'GET',
  '/readyz': 'GET',
}

test.each(Object.entries(allowed))('405 comes first on %s, and Allow names %s', async (path, methods) => {
  for (const method of ['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    const answer = await only(server.url, request(`${method} ${path}`, [xml, ...proofTwice], tooMuch))
    expect([answer.status, answer.body]).toEqual([405, '{"error":"Method Not Allowed"}'])
    expect(answer.headers.get('allow')).toBe(methods)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  }
})

test.each(['/login', '/token', '/refresh', '/logout', '/logout/all'])(
  'GET and HEAD change nothing: 405 on %s (SE-13)',
  async (path) => {
    for (const method of ['GET', 'HEAD', 'DELETE']) {
      expect((await ask(server.url, `${method} ${path}`)).status).toBe(405)
    }
  },
)

test('a method cannot be smuggled in by a header or a query', async () => {
  const headers = { 'X-HTTP-Method-Override': 'DELETE', 'X-Method-Override': 'DELETE' }
  const answer = await ask(server.url, 'POST /sessions?_method=DELETE', { headers, body: { _method: 'DELETE' } })
  expect([answer.status, answer.headers.get('Allow')]).toEqual([405, 'GET, DELETE'])
})

const takingBodies = ['/login', '/token', '/refresh']

test.each(takingBodies)('415 comes before 413 and 400 on %s (PD-5)', async (path) => {
  for (const lines of [
    [xml],
    [],
    ['Content-Type: application/json; charset=utf-16'],
    [json, 'Content-Encoding: gzip'],
  ]) {
    const answer = await only(server.url, request(`POST ${path}`, [...lines, ...proofTwice], tooMuch))
    expect([answer.status, answer.body]).toEqual([415, '{"error":"Unsupported Media Type"}'])
  }
})

test.each(takingBodies)('413 comes before 400 on %s, declared and undeclared (PD-5)', async (path) => {
  const declared = await only(server.url, request(`POST ${path}`, [json, ...proofTwice], tooMuch))
  const chunk = `${tooMuch.length.toString(16)}\r\n${tooMuch}\r\n0\r\n\r\n`
  const lines = [json, 'Transfer-Encoding: chunked', ...proofTwice]
  const undeclared = await only(server.url, request(`POST ${path}`, lines) + chunk)
  for (const answer of [declared, undeclared]) {
    expect([answer.status, answer.body]).toEqual([413, '{"error":"Payload Too Large"}'])
    expect(answer.headers.get('connection')).toBe('close')
  }
})

test('400 comes before 401: a request that carries no token and two proofs is malformed', async () => {
  for (const body of ['{}', 'null', '']) {
    const answer = await only(server.url, request('POST /token', [json, ...proofTwice], body))
    expect([answer.status, answer.body]).toEqual([400, '{"error":"Bad Request"}'])
  }
})

test('400 comes before 401: wrong credentials with a proof or a transport that there is not', async () => {
  for (const line of ['Latchkey-Proof: v9', 'Latchkey-Transport: smoke']) {
    const body = JSON.stringify({ username: 'admin', password: 'wrong' })
    expect(await only(server.url, request('POST /login', [json, line], body))).toMatchObject({ status: 400 })
  }
})

test('400 comes before 403: a forged token with two proofs, or beside another', async () => {
  const forged = JSON.stringify({ refreshToken: `lkr1_${'A'.repeat(72)}` })
  const both = JSON.stringify({ refreshToken: `lkr1_${'A'.repeat(72)}`, token: 'x' })
  expect(await only(server.url, request('POST /token', [json, ...proofTwice], forged))).toMatchObject({ status: 400 })
  expect(await only(server.url, request('POST /token', [json], both))).toMatchObject({ status: 400 })
  const twoRoads = ['refresh-token: x', json]
  expect(await only(server.url, request('POST /token', twoRoads, forged))).toMatchObject({ status: 400 })
})

test('403 for a wrong proof comes before 401 for an old nonce: only the holder of the key hears of the nonce', async () => {
  const client = await KeyedClient.signIn(server.url, server.administrator)
  const [, nonce = '', mac = ''] = client.proof().split('.')
  const old = Buffer.from(nonce, 'base64url')
  old.writeUInt32BE(old.readUInt32BE(0) - 100)
  const headers = { 'Latchkey-Proof': `v1.${old.toString('base64url')}.${mac}` }
  const answer = await ask(server.url, 'POST /token', { body: { token: client.refreshToken }, headers })
  expect([answer.status, answer.headers.has('Latchkey-Nonce')]).toEqual([403, false])
})

test('404 is for paths that nobody knows, whatever the method', async () => {
  for (const path of [
    '/Login',
    '/token/x',
    '/tokens',
    '//token',
    '/logout/every',
    '/sessions/a/b',
    '/%',
    '/.env',
    '/me%2f',
  ]) {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await only(server.url, request(`${method} ${path}`))
      expect([path, answer.status, answer.body]).toEqual([path, 404, '{"error":"Not Found"}'])
    }
  }
})
