// POST /login in detail: what it asks of its body, that it tells nothing of who exists, and that what a session is
// (its proof, its transport) is fixed here and nowhere else.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, claimsOf, sidOf, signed, signIn, type Answer } from '../helpers/requests.ts'
import { addUser, runCommand, startServer, type Credentials, type TestServer } from '../helpers/server.ts'
import { only, request } from './raw-socket.ts'

let server: TestServer
let disabled: Credentials
beforeAll(async () => {
  server = await startServer()
  disabled = await addUser(server.folder, 'dora', 'dora signs in no more')
  await runCommand(server.folder, ['users', 'disable', 'dora'])
})
afterAll(() => server.remove())

const login = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  ask(server.url, 'POST /login', { body, headers })

const headersOf = ({ headers }: Answer): [string, string][] => [...headers].filter(([name]) => name !== 'date')

test('answers a wrong password, an unknown user and a disabled user with the same bytes and headers (SE-15)', async () => {
  const wrong = await login({ ...server.administrator, password: 'wrong' })
  const unknown = await login({ username: 'nobody', password: 'wrong' })
  const off = await login(disabled)
  expect([wrong.status, wrong.text]).toEqual([401, '{"error":"Unauthorized"}'])
  for (const other of [unknown, off]) {
    expect([other.status, other.text]).toEqual([wrong.status, wrong.text])
    expect(headersOf(other)).toEqual(headersOf(wrong))
  }
})

const long = 'x'.repeat(1025)
const malformed: readonly (readonly [string, unknown])[] = [
  ['no member at all', {}],
  ['an array', [{ username: 'admin', password: 'x' }]],
  ['a number', 7],
  ['true', true],
  ['a text', '"admin"'],
  ['null', 'null'],
  ['a user name that is a number', { username: 7, password: 'x' }],
  ['a user name that is an array', { username: ['admin'], password: 'x' }],
  ['a user name that is an object', { username: { $ne: null }, password: 'x' }],
  ['a password that is null', { username: 'admin', password: null }],
  ['a password that is an object', { username: 'admin', password: { $gt: '' } }],
  ['an empty password', { username: 'admin', password: '' }],
  ['an empty user name', { username: '', password: 'x' }],
  ['a password of 1025 characters', { username: 'admin', password: long }],
  ['a user name of 1025 characters', { username: long, password: 'x' }],
  ['a NUL in the user name', { username: 'admin\0', password: 'x' }],
  ['a NUL in the password', { username: 'admin', password: 'x\0y' }],
  ['credentials on __proto__', '{"__proto__":{"username":"admin","password":"x"}}'],
]

test.each(malformed)('answers 400 and nothing else to %s', async (_name, body) => {
  const answer = await login(body)
  expect([answer.status, answer.text]).toEqual([400, '{"error":"Bad Request"}'])
})

test.each([
  ['Latchkey-Proof', 'v2'],
  ['Latchkey-Proof', 'V1'],
  ['Latchkey-Proof', ''],
  ['Latchkey-Proof', 'v1, v1'],
  ['Latchkey-Transport', 'cookie'],
  ['Latchkey-Transport', 'carrier-pigeon'],
  ['Latchkey-Transport', 'BODY'],
  ['Latchkey-Transport', '__proto__'],
])('answers 400 to %s: %s', async (name, value) => {
  const answer = await login(server.administrator, { [name]: value })
  expect([answer.status, answer.text]).toEqual([400, '{"error":"Bad Request"}'])
})

test.each(['Latchkey-Proof: v1', 'Latchkey-Transport: header'])('answers 400 to "%s" sent twice', async (line) => {
  const body = JSON.stringify(server.administrator)
  const lines = ['Content-Type: application/json', line, line]
  expect(await only(server.url, request('POST /login', lines, body))).toMatchObject({ status: 400 })
})

test('begins a new session at every sign-in, with ids of its own, and leaves the others alone (SE-4)', async () => {
  const [one, other] = [await signIn(server.url, server.administrator), await signIn(server.url, server.administrator)]
  expect(sidOf(one.refreshToken)).not.toBe(sidOf(other.refreshToken))
  expect(claimsOf(one.accessToken)['sid']).not.toBe(claimsOf(other.accessToken)['sid'])
  for (const { accessToken } of [one, other]) {
    expect((await ask(server.url, 'GET /me', { bearer: accessToken })).status).toBe(200)
  }
})

test('takes no id, role or claim from the request (SE-16)', async () => {
  const more = { id: 'root', admin: false, sub: 'root', claims: { admin: true }, scope: 'all', sid: 'mine' }
  const { accessToken, user } = signed(await login({ ...server.administrator, ...more }))
  expect(user).toMatchObject({ name: 'admin', admin: true })
  expect(claimsOf(accessToken)).not.toHaveProperty('scope')
  expect(claimsOf(accessToken)['sub']).toBe(user?.['id'])
  expect(claimsOf(accessToken)['sid']).not.toBe('mine')
})

test('knows a user by his name in whatever case, and no user by a name that only looks alike', async () => {
  const { password } = server.administrator
  expect((await login({ username: 'ADMIN', password })).status).toBe(200)
  for (const username of ['admin ', ' admin', 'аdmin', 'admin%00', "admin' OR 1=1--"]) {
    expect((await login({ username, password })).status).toBe(401)
  }
})

test('takes UTF-8 JSON with and without its charset named, and a BOM before it', async () => {
  for (const type of ['application/json', 'application/json;charset=utf-8', 'Application/JSON; Charset="UTF-8"']) {
    expect((await login(server.administrator, { 'Content-Type': type })).status).toBe(200)
  }
  expect((await login(`\uFEFF${JSON.stringify(server.administrator)}`)).status).toBe(200)
})

test('answers a session key only once, and never in the answer to a renewal (I4)', async () => {
  const answer = await login(server.administrator, { 'Latchkey-Proof': 'v1' })
  expect(Object.keys(answer.body as object).sort()).toEqual(
    ['accessToken', 'refreshToken', 'tokenType', 'expiresIn', 'user', 'sessionKey'].sort(),
  )
  expect(answer.headers.get('Latchkey-Nonce')).toMatch(/^[\w-]{27}$/)
  const plain = await login(server.administrator)
  expect(plain.headers.has('Latchkey-Nonce')).toBe(false)
})
