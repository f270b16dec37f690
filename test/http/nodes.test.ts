// Several nodes on one store, keys that rotate under them, clocks that jump, a set of revoked sessions that overflows:
// none of it may sign an honest user out (I3) or let a signed-out one back in (I10).

import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { generateKeys, type KeySet } from 'latchkey'
import { sqliteStore } from 'latchkey/sqlite'
import { settableClock, type SettableClock } from 'latchkey/testing'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, bytesOf, renew, signed, signIn } from '../helpers/requests.ts'
import { freshFolder, removeFolder, until } from '../helpers/server.ts'
import { credentials, startApp, withApp, type RunningApp } from './in-process.ts'

let folder = ''
let clock: SettableClock
const open = new Set<RunningApp>()
beforeEach(() => {
  folder = freshFolder()
  clock = settableClock(Date.now())
})
afterEach(async () => {
  for (const app of open) await app.close()
  open.clear()
  removeFolder(folder)
})

const oldKeys = generateKeys()
const [oldRefresh, oldSigning] = [oldKeys.refresh, oldKeys.signing]
const fresh = generateKeys()
const newRefresh = fresh.refresh.map((key) => ({ ...key, kid: 2 }))
const rotated: KeySet = {
  refresh: [...newRefresh, ...oldRefresh],
  signing: [...fresh.signing, ...oldSigning],
}

async function node(keys: KeySet): Promise<RunningApp> {
  const store = sqliteStore(join(folder, 'latchkey.db'))
  const app = await startApp({ clock, latchkey: { store, keys } })
  open.add(app)
  return app
}

const kidOf = (refreshToken: string): number => bytesOf(refreshToken).readUInt8(21)

test('what one node issues the other renews, and what one ends the other refuses within a moment', async () => {
  const [one, other] = [await node(oldKeys), await node(oldKeys)]
  const client = await KeyedClient.signIn(one.url, credentials)
  for (const { url } of [other, one, other]) expect((await client.renew(url)).status).toBe(200)
  await ask(one.url, 'POST /logout', { body: { token: client.refreshToken } })
  const refused = async () => (await ask(other.url, 'GET /me', { bearer: client.accessToken })).status === 401
  await until('the other node refuses', refused, 1000)
  expect((await ask(other.url, 'GET /sessions', { bearer: client.accessToken })).status).toBe(401)
})

test('fifty renewals of one token over two nodes have one successor (I2)', async () => {
  const [one, other] = [await node(oldKeys), await node(oldKeys)]
  const client = await KeyedClient.signIn(one.url, credentials)
  const urls = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? one.url : other.url))
  const answers = await Promise.all(urls.map((url) => client.send(url)))
  expect(new Set(answers.map((answer) => signed(answer).refreshToken)).size).toBe(1)
})

test('a new key in front of the old one signs nobody out, and sessions keep the key that they began with', async () => {
  const before = await node(oldKeys)
  const [client, plain] = [await KeyedClient.signIn(before.url, credentials), await signIn(before.url, credentials)]
  const after = await node(rotated)
  expect((await client.renew(after.url)).status).toBe(200)
  expect(kidOf(client.refreshToken)).toBe(1)
  const renewed = signed(await renew(after.url, plain.refreshToken))
  expect((await ask(after.url, 'GET /me', { bearer: plain.accessToken })).status).toBe(200)
  expect((await ask(after.url, 'GET /me', { bearer: renewed.accessToken })).status).toBe(200)
  const early = await KeyedClient.signIn(after.url, credentials)
  clock.advance(untilUsed)
  const late = await KeyedClient.signIn(after.url, credentials)
  expect(kidOf(late.refreshToken)).toBe(2)
  for (const one of [early, late, client]) expect((await one.renew(after.url)).status).toBe(200)
})

// A node may wait this long before it uses a key that the others have not heard of.
const untilUsed = 2500
const forgedWithKid = (kid: number): string => `lkr1_${Buffer.alloc(54).fill(kid, 21, 22).toString('base64url')}`

// A token with an unknown key makes a node ask its store; for a moment it then goes by that answer.
async function askStoreNow(app: RunningApp): Promise<void> {
  clock.advance(1001)
  expect((await renew(app.url, forgedWithKid(200))).status).toBe(403)
}

async function expectOutage(client: KeyedClient, behind: RunningApp): Promise<void> {
  const { status, headers } = await client.send(behind.url)
  expect([status, headers.has('Retry-After')]).toEqual([503, true])
}

test('a token made with a key that this node does not know yet is an outage, never an end (I3)', async () => {
  const behind = await node(oldKeys)
  await askStoreNow(behind)
  const ahead = await node(rotated)
  for (const ms of [1, 500, untilUsed, 1]) {
    clock.advance(ms)
    const client = await KeyedClient.signIn(ahead.url, credentials)
    if (kidOf(client.refreshToken) === 2) await expectOutage(client, behind)
    else expect((await client.renew(behind.url)).status).toBe(200)
  }
})

test('the same where two nodes bring the new key together, or one that brings it is started twice (I3)', async () => {
  const behind = await node(oldKeys)
  await askStoreNow(behind)
  clock.advance(1)
  const [ahead, second] = [await node(rotated), await node(rotated)]
  for (const { url } of [ahead, second]) {
    const client = await KeyedClient.signIn(url, credentials)
    if (kidOf(client.refreshToken) === 2) await expectOutage(client, behind)
    else expect((await client.renew(behind.url)).status).toBe(200)
  }
})

test('forged tokens that name a key nobody has are 403 each, however fast they come', async () => {
  const { url } = await node(oldKeys)
  for (const kid of [0, 2, 7, 255]) {
    for (let round = 0; round < 5; round += 1) expect((await renew(url, forgedWithKid(kid))).status).toBe(403)
    clock.advance(300)
  }
})

test('a clock that jumped ahead and came back lets nobody in again who had been signed out (I10)', async () => {
  await withApp({ clock }, async ({ url }) => {
    const out = await signIn(url, credentials)
    await ask(url, 'GET /me', { bearer: out.accessToken })
    await ask(url, 'POST /logout', { body: out })
    expect((await ask(url, 'GET /me', { bearer: out.accessToken })).status).toBe(401)
    // The node looks at its store every 30 seconds: here twice while the clock is wrong, and twice when it is right again.
    for (const ms of [3_600_000, 31_000, -3_631_000, 31_000, 31_000]) {
      clock.advance(ms)
      expect([ms, (await ask(url, 'GET /me', { bearer: out.accessToken })).status]).toEqual([ms, 401])
    }
  })
})

test('a set of revoked sessions that is full forgets none, and refuses nobody who is still in (I10)', async () => {
  await withApp({ latchkey: { maxRevocations: 1 } }, async ({ url }) => {
    const gone = [await signIn(url, credentials), await signIn(url, credentials), await signIn(url, credentials)]
    const kept = await signIn(url, credentials)
    for (const { accessToken } of [...gone, kept]) await ask(url, 'GET /me', { bearer: accessToken })
    for (const out of gone) await ask(url, 'POST /logout', { body: out })
    for (const { accessToken } of gone) expect((await ask(url, 'GET /me', { bearer: accessToken })).status).toBe(401)
    expect((await ask(url, 'GET /me', { bearer: kept.accessToken })).status).toBe(200)
  })
})

test('a token that any of a hundred verified ones has pushed out of memory is verified again, not refused', async () => {
  await withApp({ latchkey: { maxCachedTokens: 2 }, sessions: { throttle: false } }, async ({ url }) => {
    const sessions = await Promise.all(Array.from({ length: 100 }, () => signIn(url, credentials)))
    for (const { accessToken } of [...sessions, ...sessions]) {
      expect((await ask(url, 'GET /me', { bearer: accessToken })).status).toBe(200)
    }
  })
})
