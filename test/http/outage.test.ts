// The database cannot be written, is gone, or is damaged; too many want to sign in. Whoever asks meanwhile is told to
// come back (503 and Retry-After), nobody is signed out, and everything goes on where it stood (I3).

import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, claimsOf, generationOf, renew, signed, signIn, type Answer, type Signed } from '../helpers/requests.ts'
import { startServer, until, type TestServer } from '../helpers/server.ts'

let server: TestServer
let plain: Signed
let keyed: KeyedClient
const shortDeadline = { LATCHKEY_STORE_DEADLINE_SECONDS: '1', LATCHKEY_LEEWAY_SECONDS: '5' }

beforeEach(async () => {
  // Without a throttle, which would answer the floods below before they reach what bounds them.
  server = await startServer({ ...shortDeadline, LATCHKEY_HASHES_WAITING: '2', LATCHKEY_THROTTLE: 'off' })
  plain = await signIn(server.url, server.administrator)
  keyed = await KeyedClient.signIn(server.url, server.administrator)
})
afterEach(() => server.remove())

const other = (): string => String(claimsOf(keyed.accessToken)['sid'])
const login = (): Promise<Answer> => ask(server.url, 'POST /login', { body: server.administrator })

// Everything that needs the database to be written to.
const writing: Readonly<Record<string, () => Promise<Answer>>> = {
  'POST /login': login,
  'POST /token, plain': () => renew(server.url, plain.refreshToken),
  'POST /refresh, keyed': () => keyed.send(server.url),
  'POST /logout': () => ask(server.url, 'POST /logout', { body: { token: plain.refreshToken } }),
  'POST /logout/all': () => ask(server.url, 'POST /logout/all', { bearer: plain.accessToken }),
  'DELETE /sessions': () => ask(server.url, 'DELETE /sessions', { bearer: plain.accessToken }),
  'DELETE /sessions/:id': () => ask(server.url, `DELETE /sessions/${other()}`, { bearer: plain.accessToken }),
}

async function expectOutage(): Promise<void> {
  const answers = await Promise.all(Object.entries(writing).map(async ([name, act]) => ({ name, answer: await act() })))
  for (const { name, answer } of answers) {
    const { status, text, headers } = answer
    const said = name.includes('keyed') ? (answer.body as { reason?: string }).reason : text
    const expected = name.includes('keyed') ? 'unavailable' : '{"error":"Service Unavailable"}'
    expect([name, status, said]).toEqual([name, 503, expected])
    expect(Number(headers.get('Retry-After'))).toBeGreaterThan(0)
    expect([headers.get('Cache-Control'), headers.has('WWW-Authenticate')]).toEqual(['no-store', false])
  }
}

// Both sessions are where they were: one step on is their second generation.
async function expectUntouched(): Promise<void> {
  const next = signed(await renew(server.url, plain.refreshToken))
  expect(generationOf(next.refreshToken)).toBe(2)
  expect(generationOf(signed(await keyed.renew(server.url)).refreshToken)).toBe(2)
  for (const bearer of [plain.accessToken, next.accessToken, keyed.accessToken]) {
    expect((await ask(server.url, 'GET /me', { bearer })).status).toBe(200)
  }
  expect((await login()).status).toBe(200)
}

const readiness = async (): Promise<number> => (await ask(server.url, 'GET /readyz')).status

test('a database that another process has locked: 503 and Retry-After everywhere, nobody is signed out (I3, OP-3)', async () => {
  const locker = new DatabaseSync(server.databasePath)
  locker.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE')
  try {
    await expectOutage()
    expect((await ask(server.url, 'GET /me', { bearer: plain.accessToken })).status).toBe(200)
    expect((await ask(server.url, 'GET /sessions', { bearer: plain.accessToken })).status).toBe(200)
    expect((await renew(server.url, `lkr1_${'A'.repeat(71)}`)).status).toBe(403)
  } finally {
    locker.exec('ROLLBACK')
    locker.close()
  }
  await expectUntouched()
  expect(await readiness()).toBe(200)
})

test('a lock that is let go within the deadline costs nobody anything', async () => {
  const locker = new DatabaseSync(server.databasePath)
  locker.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE')
  const waiting = Promise.all([renew(server.url, plain.refreshToken), keyed.send(server.url), login()])
  await until('the server answers beside the lock', async () => (await readiness()) > 0, 1000)
  locker.exec('ROLLBACK')
  locker.close()
  expect((await waiting).map(({ status }) => status)).toEqual([200, 200, 200])
})

test('what was given up at the deadline is not done later behind the client’s back', async () => {
  const locker = new DatabaseSync(server.databasePath)
  locker.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE')
  const answers = await Promise.all([writing['POST /logout']?.(), writing['DELETE /sessions']?.()])
  locker.exec('ROLLBACK')
  locker.close()
  expect(answers.map((answer) => answer?.status)).toEqual([503, 503])
  await expectUntouched()
})

test('a database file that is gone: 503, never 401 or 403, not ready; put back, everything goes on (I3, OP-3)', async () => {
  const away = `${server.databasePath}.away`
  renameSync(server.databasePath, away)
  expect(await readiness()).toBe(503)
  await expectOutage()
  const { status } = await ask(server.url, 'GET /sessions', { bearer: plain.accessToken })
  expect([200, 503]).toContain(status)
  renameSync(away, server.databasePath)
  await expectUntouched()
  expect(await readiness()).toBe(200)
})

test('a database file that was replaced by another: 503, never 401 or 403, and not ready', async () => {
  renameSync(server.databasePath, `${server.databasePath}.away`)
  new DatabaseSync(server.databasePath).close()
  expect(await readiness()).toBe(503)
  await expectOutage()
})

function overwrite(path: string): void {
  // Patient, because the server may be reading; what stayed in the log would be whole.
  const checkpointer = new DatabaseSync(path)
  checkpointer.exec('PRAGMA busy_timeout = 5000')
  expect(checkpointer.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 })
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(statSync(path).size, 0x5a), 0)
  closeSync(file)
  checkpointer.close()
}

test('a database file that was overwritten with rubbish: the server stays up, and the sessions say 503 (I3)', async () => {
  overwrite(server.databasePath)
  for (let round = 0; round < 20; round += 1) expect(await readiness()).toBe(503)
  for (const [name, act] of Object.entries(writing).filter(([route]) => route !== 'POST /login')) {
    const answer = await act()
    expect([name, answer.status, answer.headers.has('Retry-After')]).toEqual([name, 503, true])
  }
  expect(server.isRunning).toBe(true)
})

test('a database file that was overwritten with rubbish: sign-in and /me say 503, not 500 (I3)', async () => {
  overwrite(server.databasePath)
  for (const username of ['admin', 'nobody']) {
    const answer = await ask(server.url, 'POST /login', { body: { username, password: 'x' } })
    expect([username, answer.status, answer.headers.has('Retry-After')]).toEqual([username, 503, true])
  }
  expect((await ask(server.url, 'GET /me', { bearer: plain.accessToken })).status).toBe(503)
})

test('forty sign-ins at once: some 503 and Retry-After, the rest right, and every renewal beside them succeeds', async () => {
  const flood = Array.from({ length: 40 }, () => login())
  for (let round = 0; round < 20; round += 1) {
    plain = signed(await renew(server.url, plain.refreshToken))
    expect((await keyed.renew(server.url)).status).toBe(200)
  }
  const answers = await Promise.all(flood)
  const busy = answers.filter(({ status }) => status === 503)
  expect(busy.length).toBeGreaterThan(0)
  for (const { headers, text } of busy) {
    expect([text, Number(headers.get('Retry-After')) > 0]).toEqual(['{"error":"Service Unavailable"}', true])
  }
  const rest = answers.filter((answer) => !busy.includes(answer))
  expect([...new Set(rest.map(({ status }) => status))]).toEqual([200])
  expect((await login()).status).toBe(200)
})

test('a flood of unknown names is bounded in the same way, and tells nothing of who exists', async () => {
  const wrong = (username: string) => ask(server.url, 'POST /login', { body: { username, password: 'wrong' } })
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => wrong(index % 2 === 0 ? 'admin' : 'nobody')),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 503]))
})
