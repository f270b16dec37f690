// The promise of the keyed ratchet, kept by the real server: no race, lost answer, delay or loss of the store's newest
// writes signs an honest client out, and whoever holds the token without its key gets nothing and disturbs nobody.

import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, generationOf, renew, signed, type Answer } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { credentials, day, withApp } from './in-process.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.remove())

const client = () => KeyedClient.signIn(server.url, server.administrator)
const tokensIn = (answers: readonly Answer[]): Set<string> => new Set(answers.map((each) => signed(each).refreshToken))

test('fifty renewals of one token at once have one successor (I2)', async () => {
  const one = await client()
  for (let generation = 2; generation <= 4; generation += 1) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => one.send(server.url)))
    const successors = tokensIn(answers)
    expect([...successors].map(generationOf)).toEqual([generation])
    one.take(answers[17] as Answer)
  }
})

test('an answer that was lost is given again, a day later and any number of times (OP-8)', async () => {
  await withApp({}, async ({ url, advance }) => {
    const one = await KeyedClient.signIn(url, credentials)
    const lost = signed(await one.send(url)).refreshToken
    for (let days = 0; days < 3; days += 1) {
      advance(day)
      const again = new KeyedClient(one, one.nonce)
      expect(signed(await again.renew(url)).refreshToken).toBe(lost)
    }
  })
})

test('a token many generations old is answered with the newest, and nothing forks', async () => {
  const one = await client()
  const first = one.refreshToken
  for (let round = 0; round < 20; round += 1) expect((await one.renew(server.url)).status).toBe(200)
  const old = await one.send(server.url, first)
  expect(signed(old).refreshToken).toBe(one.refreshToken)
  expect(generationOf(signed(await one.renew(server.url)).refreshToken)).toBe(22)
})

test('a client whose storage was set back goes on beside itself, in step', async () => {
  const one = await client()
  const setBack = new KeyedClient(one, one.nonce)
  for (let round = 0; round < 5; round += 1) {
    await one.renew(server.url)
    await setBack.renew(server.url)
    expect(Math.abs(generationOf(one.refreshToken) - generationOf(setBack.refreshToken))).toBeLessThanOrEqual(1)
  }
})

test('the token without its key is refused, whatever proof is tried, and its owner goes on', async () => {
  const [owner, thief] = [await client(), await client()]
  const body = { refreshToken: owner.refreshToken }
  const captured = owner.proof()
  await owner.renew(server.url)
  const next = { refreshToken: owner.refreshToken }
  const tries: readonly (readonly [object, string | undefined])[] = [
    [body, undefined],
    [body, 'v1'],
    [body, thief.proof(body.refreshToken)],
    [body, thief.proof(body.refreshToken, owner.nonce)],
    [next, captured],
    [body, captured.replace('v1.', 'v2.')],
    [body, captured.slice(0, -1)],
    [body, captured.toLowerCase()],
  ]
  for (const [token, proof] of tries) {
    const headers = proof === undefined ? {} : { 'Latchkey-Proof': proof }
    const answer = await ask(server.url, 'POST /token', { body: token, headers })
    expect([answer.status, answer.text]).toEqual([403, '{"error":"Forbidden"}'])
    expect(answer.headers.has('Latchkey-Nonce')).toBe(false)
  }
  expect((await owner.renew(server.url)).status).toBe(200)
  expect(generationOf(owner.refreshToken)).toBe(3)
})

test('one captured request is worth nothing once its nonce is old', async () => {
  await withApp({}, async ({ url, advance }) => {
    const owner = await KeyedClient.signIn(url, credentials)
    const captured = { body: { refreshToken: owner.refreshToken }, headers: { 'Latchkey-Proof': owner.proof() } }
    await owner.renew(url)
    expect((await ask(url, 'POST /token', captured)).status).toBe(200)
    advance(22 * 60_000)
    const late = await ask(url, 'POST /token', captured)
    expect([late.status, late.text]).toEqual([401, '{"error":"Unauthorized"}'])
    expect((await owner.renew(url)).status).toBe(200)
  })
})

test('an old nonce: 401 with a new one and a challenge, nothing touched; once more, and it succeeds', async () => {
  await withApp({}, async ({ url, advance }) => {
    const one = await KeyedClient.signIn(url, credentials)
    advance(21 * 60_000)
    const refused = await ask(url, 'POST /token', {
      body: { refreshToken: one.refreshToken },
      headers: { 'Latchkey-Proof': one.proof() },
    })
    expect([refused.status, refused.text]).toEqual([401, '{"error":"Unauthorized"}'])
    expect(refused.headers.get('WWW-Authenticate')).toBe('Bearer')
    one.nonce = refused.headers.get('Latchkey-Nonce') ?? ''
    expect(generationOf(signed(await one.send(url)).refreshToken)).toBe(2)
  })
})

test('a nonce of another session, or from ahead of time, is no nonce', async () => {
  const [one, other] = [await client(), await client()]
  const ahead = Buffer.from(one.nonce, 'base64url')
  ahead.writeUInt32BE(ahead.readUInt32BE(0) + 60)
  for (const nonce of [other.nonce, ahead.toString('base64url'), 'A'.repeat(27)]) {
    const headers = { 'Latchkey-Proof': one.proof(one.refreshToken, nonce) }
    const answer = await ask(server.url, 'POST /token', { body: { token: one.refreshToken }, headers })
    expect(answer.status).toBe(403)
  }
})

// What a backup tool does: a consistent copy beside the running server, put back while it is stopped.
function copyOf(path: string): string {
  const copy = `${path}.copy`
  rmSync(copy, { force: true })
  const source = new DatabaseSync(path)
  source.exec(`VACUUM INTO '${copy}'`)
  source.close()
  return copy
}

function restore(path: string, copy: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true })
  copyFileSync(copy, path)
  expect(existsSync(`${path}-wal`)).toBe(false)
}

test('an older copy of the database, restored, signs nobody out, and every session goes on from its own token', async () => {
  const own = await startServer()
  try {
    const clients = await Promise.all(Array.from({ length: 10 }, () => KeyedClient.signIn(own.url, own.administrator)))
    const plain = signed(await ask(own.url, 'POST /login', { body: own.administrator }))
    const copy = copyOf(own.databasePath)
    const rounds = clients.map(async (one, index) => {
      for (let round = 0; round < index * 3; round += 1) await one.renew(own.url)
    })
    await Promise.all(rounds)
    const newest = signed(await renew(own.url, signed(await renew(own.url, plain.refreshToken)).refreshToken))
    await own.stop()
    restore(own.databasePath, copy)
    await own.start()
    for (const [index, one] of clients.entries()) {
      expect([index, (await one.renew(own.url)).status]).toEqual([index, 200])
      expect(generationOf(one.refreshToken)).toBe(index * 3 + 2)
    }
    expect(generationOf(signed(await renew(own.url, newest.refreshToken)).refreshToken)).toBe(4)
  } finally {
    await own.remove()
  }
})

test('a key cannot be had for a session that began without one, nor a new one at a renewal', async () => {
  const begun = signed(await ask(server.url, 'POST /login', { body: server.administrator }))
  const headers = { 'Latchkey-Proof': 'v1' }
  const answer = await ask(server.url, 'POST /token', { body: { token: begun.refreshToken }, headers })
  expect(Object.keys(answer.body as object).sort()).toEqual(['accessToken', 'expiresIn', 'refreshToken', 'tokenType'])
  const bound = await client()
  const asked = await ask(server.url, 'POST /token', { body: { token: bound.refreshToken }, headers })
  expect([asked.status, asked.text]).toEqual([403, '{"error":"Forbidden"}'])
})
