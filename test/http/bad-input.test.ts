// Two thousand made-up requests over all routes (the seed is fixed and stands in the test's name), then the awkward ones
// by hand: always an answer in the 400s, never a 500, never a crash; a session begun before them still renews after
// them; and no secret comes back in an answer, or stands in the log at its most talkative, or in the database (I4).

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, bytesOf, renew, sidOf, signed, signIn, type Signed } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { only, type RawAnswer } from './raw-socket.ts'

const seed = 20_261_121
const runs = 2000

let server: TestServer
let plain: Signed
let keyed: KeyedClient
const secrets = new Set<string>()

beforeAll(async () => {
  server = await startServer({ LATCHKEY_LOG_LEVEL: 'trace' })
  plain = await signIn(server.url, server.administrator)
  keyed = await KeyedClient.signIn(server.url, server.administrator)
  secrets.add(server.administrator.password).add(keyed.sessionKey)
  note(plain)
  note(keyed)
})
afterAll(() => server.remove())

function note({ accessToken, refreshToken }: Pick<Signed, 'accessToken' | 'refreshToken'>): void {
  secrets.add(accessToken).add(refreshToken)
}

// Secrets with something wrong about them: nothing may be done for them, and nothing of them may be said.
const planted = (): string[] => [
  `${plain.refreshToken}A`,
  ` ${keyed.refreshToken}`,
  `${plain.accessToken}x`,
  `${server.administrator.password}\n`,
  `${keyed.sessionKey}==`,
]

const paths = ['/login', '/token', '/refresh', '/logout', '/logout/all', '/sessions', '/sessions/AAAA', '/me']
const oddPaths = [
  '/%',
  '/%zz/%00',
  '/login%',
  '/sessions/%E0%A4%A',
  '//login',
  '/login?a[b]=1&a=2',
  '/login#x',
  '/a/../login',
]
const types = [
  'application/json',
  'application/json',
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'application/json; charset=x; charset=utf-8',
  'application/jsonp',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  ',',
  '',
]
const names = ['username', 'password', 'refreshToken', 'token', '__proto__', 'constructor', 'prototype', 'a[b]', '']
const bomb = `${'['.repeat(8000)}${']'.repeat(8000)}`
const oddBodies = [
  '',
  'null',
  '""',
  '\uFEFF{}',
  '\uFEFF\uFEFF{}',
  '{"token":"\\u0000"}',
  '{"token":"\\ud800"}',
  '{"token":1,"token":"x"}',
  '{"__proto__":{"token":"x","toString":1}}',
  '{"constructor":{"prototype":{"token":"x"}}}',
  '{"token":1e999}',
  '{"token":"x"',
  "{'token':'x'}",
  '{"token":"x",}',
  '[1,2',
  'NaN',
  bomb,
  `{"token":"${'x'.repeat(16_300)}"}`,
  `{"token":"${'x'.repeat(17_000)}"}`,
]

const value = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...planted()),
    fc.constant('admin'),
  )

const body = (): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc
      .dictionary(fc.constantFrom(...names), value(), { maxKeys: 4 })
      .map((object) => Buffer.from(JSON.stringify(object))),
    fc.constantFrom(...oddBodies).map((text) => Buffer.from(text)),
    fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
    fc.constant(Buffer.from('{"token":"\xff\xfe"}', 'latin1')),
  )

const text = (): fc.Arbitrary<string> =>
  fc.oneof(fc.stringMatching(/^[\x21-\x7e]{0,40}$/), fc.constantFrom(...planted().map((secret) => secret.trim())))

const header = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...types).map((type) => `Content-Type: ${type}`),
    text().map((each) => `Authorization: Bearer ${each}`),
    text().map((each) => `refresh-token: ${each}`),
    text().map((each) => `Latchkey-Proof: ${each}`),
    text().map((each) => `Latchkey-Transport: ${each}`),
    text().map((each) => `Cookie: session=${each}; session=x`),
    text().map((each) => `User-Agent: \x01\x7f${each}`.replace('\x01', '\t').replace('\x7f', '')),
    fc.constantFrom(
      'Accept: application/problem+json',
      'Content-Encoding: gzip',
      'Content-Encoding: identity',
      'X-Forwarded-For: 1.2.3.4, <script>',
      'X-HTTP-Method-Override: DELETE',
      'Origin: null',
      'Range: bytes=0-0',
      'If-None-Match: *',
    ),
  )

interface Made {
  readonly route: string
  readonly lines: readonly string[]
  readonly bytes: Buffer
}

const made = (): fc.Arbitrary<Made> =>
  fc.record({
    route: fc
      .tuple(
        fc.oneof({ weight: 4, arbitrary: fc.constant('POST') }, methods()),
        fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...paths) }, fc.constantFrom(...oddPaths)),
      )
      .map(([method, path]) => `${method} ${path}`),
    lines: fc
      .tuple(
        fc.constantFrom(...types).map((type) => `Content-Type: ${type}`),
        fc.array(header(), { maxLength: 4 }),
      )
      .map(([type, more]) => [type, ...more]),
    bytes: body(),
  })

const methods = (): fc.Arbitrary<string> =>
  fc.constantFrom('GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH', 'QUERY')

function sent({ route, lines, bytes }: Made): Promise<RawAnswer> {
  const head = [
    `${route} HTTP/1.1`,
    'Host: x',
    'Connection: close',
    `Content-Length: ${bytes.length}`,
    ...lines,
    '',
    '',
  ]
  return only(server.url, Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), bytes]))
}

const isLogout = ({ route }: Made): boolean => route === 'POST /logout'

function expectRefused(request: Made, { status, headers, body: said }: RawAnswer): void {
  const allowed = isLogout(request) ? status === 204 : status >= 400 && status < 500
  expect([request.route, status, allowed]).toEqual([request.route, status, true])
  const shown = `${[...headers].join('\n')}\n${said}`
  for (const secret of secrets) expect(shown.includes(secret)).toBe(false)
  expect(shown).not.toMatch(/ at .*\.(js|ts):\d+/)
}

test(`answers 4xx to ${runs} made-up requests, with no secret in any answer (seed ${seed}) (PD-4)`, async () => {
  const property = fc.asyncProperty(made(), async (request) => expectRefused(request, await sent(request)))
  await fc.assert(property, { seed, numRuns: runs })
  expect(server.isRunning).toBe(true)
})

test('a plain and a keyed session begun before all that still renew', async () => {
  plain = signed(await renew(server.url, plain.refreshToken))
  expect((await keyed.renew(server.url)).status).toBe(200)
  note(plain)
  note(keyed)
  expect((await ask(server.url, 'GET /me', { bearer: plain.accessToken })).status).toBe(200)
})

async function useEverySecret(): Promise<void> {
  const begun = await signIn(server.url, server.administrator, { 'User-Agent': plain.refreshToken })
  note(begun)
  await renew(server.url, begun.refreshToken)
  await ask(server.url, 'POST /token', { body: { token: keyed.refreshToken } })
  await ask(server.url, `GET /me?access_token=${begun.accessToken}`, { bearer: `${begun.accessToken}.x` })
  await ask(server.url, 'POST /login', { body: { username: plain.refreshToken, password: keyed.sessionKey } })
  await ask(server.url, 'POST /logout', { body: { token: begun.refreshToken } })
  await renew(server.url, begun.refreshToken)
}

test('no secret stands in the log at trace level, nor in the database, as text or as bytes (I4, RT-10, SE-15)', async () => {
  await useEverySecret()
  const { signing, refresh } = JSON.parse(readFileSync(join(server.folder, 'keys.json'), 'utf8')) as KeyFile
  for (const key of [signing[0]?.privateJwk.d, refresh[0]?.root]) if (key !== undefined) secrets.add(key)
  const files = readdirSync(server.folder).filter((name) => name.startsWith('latchkey.db'))
  const database = Buffer.concat(files.map((name) => readFileSync(join(server.folder, name))))
  expect(server.log).toContain('"event":"unproved"')
  // A user agent is kept as it came; a client that sends its own token there is on its own, but the log stays clean.
  const inAgent = new Set([plain.refreshToken])
  for (const secret of secrets) {
    expect(server.log.includes(secret)).toBe(false)
    if (!inAgent.has(secret)) expect(database.includes(secret)).toBe(false)
  }
  for (const bytes of rawSecrets()) expect(database.includes(bytes)).toBe(false)
})

interface KeyFile {
  readonly signing: readonly { readonly privateJwk: { readonly d: string } }[]
  readonly refresh: readonly { readonly root: string }[]
}

// The macs of all refresh tokens, and the session key.
function rawSecrets(): Buffer[] {
  const macs = [...secrets].filter((secret) => secret.startsWith('lkr1_')).map((token) => bytesOf(token).subarray(22))
  return [...macs, Buffer.from(keyed.sessionKey, 'base64url')]
}

test('the log names sessions by their public ids, and never by the inner id, which stays inside the token and the row', () => {
  for (const token of [keyed.refreshToken, plain.refreshToken]) expect(server.log.includes(sidOf(token))).toBe(false)
})
