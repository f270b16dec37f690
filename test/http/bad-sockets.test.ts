// What no client library sends: broken framing, two lengths, smuggled requests, headers without end, garbage, a client
// that leaves in the middle. Each gets one 4xx or a closed connection, and the server goes on serving others.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ask, renew, signed, signIn, type Signed } from '../helpers/requests.ts'
import { startServer, until, type TestServer } from '../helpers/server.ts'
import { exchange, only, open, request } from './raw-socket.ts'

let server: TestServer
let session: Signed
beforeAll(async () => {
  server = await startServer()
  session = await signIn(server.url, server.administrator)
})
afterAll(() => server.remove())
afterEach(async () => {
  session = signed(await renew(server.url, session.refreshToken))
  expect(server.stderr).toBe('')
})

const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n')
const post = 'POST /token HTTP/1.1'
const host = 'Host: localhost'
const json = 'Content-Type: application/json'

const broken: readonly (readonly [string, string, number])[] = [
  ['garbage', '\x00\x01\x02\xff\r\n\r\n', 400],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
  ['a request line without a version (HTTP/0.9, and no token)', head('GET /me'), 401],
  ['a version that there is not', head('GET /me HTTP/9.9', host), 400],
  ['a method that there is not', head('FETCH /me HTTP/1.1', host), 400],
  ['no Host', head('GET /me HTTP/1.1', 'Connection: close'), 400],
  ['two lengths', head(post, host, json, 'Content-Length: 2', 'Content-Length: 3') + '{}}', 400],
  ['a length that is no number', head(post, host, json, 'Content-Length: two') + '{}', 400],
  ['a negative length', head(post, host, json, 'Content-Length: -1') + '{}', 400],
  [
    'Transfer-Encoding and Content-Length',
    head(post, host, json, 'Transfer-Encoding: chunked', 'Content-Length: 2') + '0\r\n\r\n',
    400,
  ],
  ['a coding after chunked', head(post, host, json, 'Transfer-Encoding: chunked, gzip') + '0\r\n\r\n', 400],
  [
    'a chunk size that is no number',
    head(post, host, json, 'Connection: close', 'Transfer-Encoding: chunked') + 'zz\r\n',
    400,
  ],
  ['a space before the colon', head(post, host, 'Content-Length : 2', 'Connection: close') + '{}', 400],
  ['a folded header', head('GET /me HTTP/1.1', host, 'Authorization: Bearer', ' folded', 'Connection: close'), 400],
  ['a bare line feed in a header', head('GET /me HTTP/1.1', host, 'X: a\nb', 'Connection: close'), 400],
  ['a NUL in a header', head('GET /me HTTP/1.1', host, 'Authorization: Bearer a\0b', 'Connection: close'), 400],
  ['headers of 20 kB', head('GET /me HTTP/1.1', host, `X: ${'x'.repeat(20_000)}`), 431],
  ['a path of 20 kB', head(`GET /${'x'.repeat(20_000)} HTTP/1.1`, host), 431],
  ['an access token of 20 kB', head('GET /me HTTP/1.1', host, `Authorization: Bearer ${'x'.repeat(20_000)}`), 431],
]

test.each(broken)('answers one %s with its 4xx and closes (PD-5)', async (_name, bytes, status) => {
  const answers = await exchange(server.url, Buffer.from(bytes, 'latin1'))
  expect(answers.map((answer) => answer.status)).toEqual([status])
  expect(answers[0]?.headers.get('connection')).toBe('close')
})

test.each(['TRACE /me', 'OPTIONS *', 'PUT /login', 'BREW /token', 'CONNECT localhost:1'])(
  'answers %s with a 4xx, or hangs up, and echoes nothing',
  async (route) => {
    const answers = await exchange(server.url, request(route, ['X-Secret: do-not-echo']))
    expect(answers.length).toBeLessThanOrEqual(1)
    for (const { status, body } of answers) {
      expect([status >= 400 && status < 500, body.includes('do-not-echo')]).toEqual([true, false])
    }
  },
)

test.each(['/login', '/token', '/refresh'])(
  'answers 413 to a megabyte on %s every time, although it reads no more',
  async (path) => {
    const body = { username: 'x'.repeat(1_000_000), password: 'x', token: 'x' }
    for (let round = 0; round < 10; round += 1) {
      const answer = await ask(server.url, `POST ${path}`, { body })
      expect([answer.status, answer.headers.get('Connection')]).toEqual([413, 'close'])
    }
  },
)

test('answers 413 to a megabyte in small chunks without holding more than its bound', async () => {
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`.repeat(1000)
  const lines = [json, 'Transfer-Encoding: chunked']
  expect(await only(server.url, `${request('POST /token', lines)}${chunk}0\r\n\r\n`)).toMatchObject({ status: 413 })
})

test('takes a body that says it is compressed for what it says, and inflates nothing', async () => {
  for (const coding of ['gzip', 'br', 'deflate', 'zstd', 'identity, gzip']) {
    const answer = await only(
      server.url,
      request('POST /login', [json, `Content-Encoding: ${coding}`], 'x'.repeat(100)),
    )
    expect(answer.status).toBe(415)
  }
})

test('what is left of a refused body is not taken for the next request', async () => {
  const smuggled = 'POST /logout HTTP/1.1\r\nHost: x\r\n\r\n'
  const body = `${'x'.repeat(17_000)}${smuggled}`
  for (const lines of [[json], ['Content-Type: text/plain']]) {
    const bytes = head(post, host, ...lines, `Content-Length: ${body.length}`) + body
    const answers = await exchange(server.url, bytes + request('GET /me'))
    const statuses = answers.map(({ status }) => status)
    expect(statuses[0]).toBe(lines[0] === json ? 413 : 415)
    expect(statuses.slice(1)).toEqual(lines[0] === json ? [] : [401])
  }
})

test('a client that leaves in the middle of its body, or before its answer, disturbs nobody', async () => {
  const credentials = JSON.stringify(server.administrator)
  const whole = request('POST /login', [json], credentials)
  for (const bytes of [whole.slice(0, -10), whole, head(post, host, json, 'Content-Length: 100')]) {
    for (let round = 0; round < 10; round += 1) {
      const socket = open(server.url).on('error', () => undefined)
      await new Promise<void>((resolve) => {
        socket.write(bytes, () => resolve())
      })
      socket.destroy()
    }
  }
  await until('the server answers', async () => (await ask(server.url, 'GET /healthz')).status === 200, 2000)
  expect(server.log).not.toContain('"level":50')
})

test('a hundred idle connections that say nothing keep nobody waiting', async () => {
  const sockets = Array.from({ length: 100 }, () => open(server.url).on('error', () => undefined))
  for (const socket of sockets) socket.write('POST /token HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  expect((await ask(server.url, 'GET /me', { bearer: session.accessToken })).status).toBe(200)
  for (const socket of sockets) socket.destroy()
})
