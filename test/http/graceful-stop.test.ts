// SIGTERM while clients are waiting: whoever was let in gets his whole answer, whoever was not is refused at the door,
// nothing is cut in half, and after the next start every client goes on from where it stands.

import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, generationOf, signed, signIn, type Signed } from '../helpers/requests.ts'
import { startServer, until, type TestServer } from '../helpers/server.ts'
import { answersIn, exchange, only, open, request, type RawAnswer } from './raw-socket.ts'

let server: TestServer
beforeEach(async () => {
  // Fifty sign-ins of one user at once are what the throttle is against.
  server = await startServer({ LATCHKEY_HASHES_WAITING: '100', LATCHKEY_THROTTLE: 'off' })
})
afterEach(() => server.remove())

const json = 'Content-Type: application/json'
const client = () => KeyedClient.signIn(server.url, server.administrator)

function rawRenewal(one: KeyedClient): string {
  const lines = [json, `Latchkey-Proof: ${one.proof()}`]
  return request('POST /token', lines, JSON.stringify({ refreshToken: one.refreshToken }))
}

// What came before the connection ended, whole answers only: half of one makes `exchange` throw.
const tokensIn = (answers: readonly RawAnswer[]): Signed[] =>
  answers.map(({ status, body }) => {
    expect(status).toBe(200)
    return JSON.parse(body) as Signed
  })

// Everything that wants to write stands still until the lock is released.
function lockDatabase(): () => void {
  const locker = new DatabaseSync(server.databasePath)
  locker.exec('PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE')
  return () => {
    locker.exec('ROLLBACK')
    locker.close()
  }
}

// The server takes connections in their order, so when it has answered two later ones it holds the earlier ones.
async function everythingSentIsIn(): Promise<void> {
  for (let round = 0; round < 2; round += 1) await only(server.url, request('GET /healthz'))
}

test('SIGTERM in the middle of fifty renewals: a whole answer or none, and afterwards every client goes on', async () => {
  const clients = await Promise.all(Array.from({ length: 50 }, client))
  const renewals = clients.map((one) => exchange(server.url, rawRenewal(one)))
  await Promise.race(renewals)
  expect(await server.stop()).toBe(0)
  const answers = await Promise.all(renewals)
  expect(answers.flatMap(tokensIn).length).toBeGreaterThan(0)
  for (const [index, one] of clients.entries()) {
    for (const { refreshToken } of tokensIn(answers[index] ?? [])) one.refreshToken = refreshToken
  }
  await server.start()
  for (const one of clients) {
    const known = generationOf(one.refreshToken)
    expect((await one.renew(server.url)).status).toBe(200)
    expect(generationOf(one.refreshToken) - known).toBeLessThanOrEqual(1)
  }
})

test('whoever was let in before the signal gets his answer, however long it takes', async () => {
  const clients = await Promise.all(Array.from({ length: 10 }, client))
  const release = lockDatabase()
  const renewals = clients.map((one) => exchange(server.url, rawRenewal(one)))
  const login = exchange(server.url, request('POST /login', [json], JSON.stringify(server.administrator)))
  await everythingSentIsIn()
  const stopped = server.stop()
  await until('the door is shut', async () => !(await isOpen()), 2000)
  release()
  for (const answers of await Promise.all([...renewals, login])) expect(tokensIn(answers)).toHaveLength(1)
  expect(await stopped).toBe(0)
})

async function isOpen(): Promise<boolean> {
  const socket = open(server.url)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

// A connection that is to be kept: one request on it, and whatever has come back so far.
function keptConnection(bytes: string): { readonly answers: () => RawAnswer[]; readonly closed: Promise<unknown> } {
  const socket = open(server.url)
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.write(bytes.replace('Connection: close\r\n', ''))
  return { answers: () => answersIn(Buffer.concat(chunks)), closed: once(socket, 'close') }
}

test('a connection that the client would keep is closed after its answer: the stop does not wait for it', async () => {
  const one = await client()
  const release = lockDatabase()
  const kept = keptConnection(rawRenewal(one))
  await everythingSentIsIn()
  const stopped = server.stop()
  await until('the door is shut', async () => !(await isOpen()), 2000)
  release()
  const released = performance.now()
  await kept.closed
  expect(await stopped).toBe(0)
  expect(tokensIn(kept.answers())).toHaveLength(1)
  expect(performance.now() - released).toBeLessThan(2000)
})

test('an idle connection that the client keeps is closed at once', async () => {
  const kept = keptConnection(request('GET /healthz'))
  await until('the answer', () => kept.answers().length === 1, 2000)
  const start = performance.now()
  expect(await server.stop()).toBe(0)
  await kept.closed
  expect(performance.now() - start).toBeLessThan(2000)
})

test('a second signal does not wait, and says so with 1; nobody is signed out by it', async () => {
  const one = await client()
  const release = lockDatabase()
  const renewal = exchange(server.url, rawRenewal(one))
  await everythingSentIsIn()
  const first = server.stop()
  await until('the door is shut', async () => !(await isOpen()), 2000)
  expect(await server.stop()).toBe(1)
  await first
  release()
  expect(await renewal).toEqual([])
  await server.start()
  expect((await one.renew(server.url)).status).toBe(200)
})

test('what was signed out before the stop stays out after the start, and the database is closed cleanly (I10)', async () => {
  const [out, kept] = [await signIn(server.url, server.administrator), await signIn(server.url, server.administrator)]
  await ask(server.url, 'POST /logout', { body: out })
  expect(await server.stop()).toBe(0)
  expect(existsSync(`${server.databasePath}-wal`)).toBe(false)
  await server.start()
  expect((await ask(server.url, 'GET /me', { bearer: out.accessToken })).status).toBe(401)
  expect((await ask(server.url, 'POST /token', { body: out })).status).toBe(403)
  expect((await ask(server.url, 'GET /me', { bearer: kept.accessToken })).status).toBe(200)
  expect(signed(await ask(server.url, 'POST /token', { body: kept })).expiresIn).toBe(600)
})
