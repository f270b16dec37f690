// What only Redis can do to a store: forget its scripts, lose an index, be a replica, be set back, vanish and come back.

import { inspect } from 'node:util'
import { sampleSession } from 'latchkey/testing'
import { redisStore } from 'latchkey/redis'
import type { Store } from 'latchkey'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ask, redisMissing, startRedis, until, type RedisServer } from '../../helpers/redis.ts'

const begun = 1_700_000_000_000
const roomy = { max: 100, evict: true }
const everywhere = { at: begun + 1000, reason: 'signed_out_everywhere' } as const
const indexKey = 'latchkey:u:ada'

const step = (sid: string, from: number, at = begun + from) => ({
  sid,
  from,
  to: from + 1,
  at,
  idleExpiresAt: begun + 1_000_000,
  client: 'first-party',
  thumbprint: null,
})

describe.skipIf(redisMissing !== null)('the store on Redis', () => {
  let server: RedisServer
  let store: Store
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.remove())
  beforeEach(async () => void (store = await redisStore({ client: server.url })))
  afterEach(async () => {
    await store.close()
    await ask(server, 'FLUSHALL')
  })

  async function begin(): Promise<string> {
    const session = sampleSession()
    expect(await store.insert(session, roomy)).toEqual({ inserted: true, evicted: [] })
    return session.sid
  }

  test('goes on where Redis has forgotten its scripts', async () => {
    const sid = await begin()
    for (const from of [1, 2]) {
      await ask(server, 'SCRIPT', 'FLUSH')
      expect((await store.advance(step(sid, from)))?.generation).toBe(from + 1)
    }
    await ask(server, 'SCRIPT', 'FLUSH')
    expect((await store.revoke(sid, everywhere))?.revokedAt).toBe(everywhere.at)
  })

  test('puts a session that the index has lost back into it, a few rotations later', async () => {
    const sid = await begin()
    await ask(server, 'DEL', indexKey)
    expect(await store.list({ subject: 'ada', limit: 10 })).toEqual([])
    for (let from = 1; from < 5; from += 1) await store.advance(step(sid, from))
    await until(async () => (await store.list({ subject: 'ada', limit: 10 })).length === 1, 'the index')
    expect(await store.revokeAll('ada', everywhere)).toHaveLength(1)
  })

  test('ends a session that a sign-out-everywhere missed because the index had lost it (I10)', async () => {
    const sid = await begin()
    await ask(server, 'DEL', indexKey)
    expect(await store.revokeAll('ada', everywhere)).toEqual([])
    for (let from = 1; from < 5; from += 1) await store.advance(step(sid, from, begun + 2000 + from))
    await until(async () => (await store.find(sid))?.revokedAt !== null, 'the end of the session')
    expect((await store.find(sid))?.revokedReason).toBe('signed_out_everywhere')
    expect(await store.advance(step(sid, 5))).toBeNull()
    expect(await store.revokedSince(begun, 10)).toHaveLength(1)
  })

  test('leaves a session alone that began after the sign-out-everywhere', async () => {
    await store.revokeAll('ada', everywhere)
    const later = sampleSession({ createdAt: begun + 2000 })
    await store.insert(later, roomy)
    for (let from = 1; from < 9; from += 1) await store.advance(step(later.sid, from, begun + 3000))
    await store.close()
    store = await redisStore({ client: server.url })
    expect((await store.find(later.sid))?.revokedAt).toBeNull()
  })

  test('puts feed and index right when a revocation is repeated that had stopped half-way', async () => {
    const sid = await begin()
    const row = await store.revoke(sid, everywhere)
    await ask(server, 'DEL', 'latchkey:revoked', indexKey)
    expect(await store.revokedSince(begun, 10)).toEqual([])
    expect(await store.revoke(sid, { at: begun + 5000, reason: 'revoked' })).toBeNull()
    const entry = { publicId: row?.publicId, revokedAt: everywhere.at }
    expect(await store.revokedSince(begun, 10)).toEqual([entry])
    expect(await store.list({ subject: 'ada', limit: 10 })).toEqual([row])
  })

  test('lets Redis forget each key in time', async () => {
    const sid = await begin()
    const lives = async () => {
      const keys = (await ask(server, 'KEYS', '*')).split('\n').filter((key) => !key.endsWith(':identity'))
      return Promise.all(keys.map(async (key) => Number(await ask(server, 'PTTL', key)) / 86_400_000))
    }
    for (const days of await lives()) expect(days).toBeGreaterThan(13)
    await store.revoke(sid, everywhere)
    const after = await lives()
    expect(after).toHaveLength(3)
    expect(Math.min(...after)).toBeGreaterThan(0.9)
    expect(Math.max(...after)).toBeLessThan(31)
    expect(Number(await ask(server, 'PTTL', 'latchkey:revoked'))).toBeLessThanOrEqual(2 * 86_400_000)
  })

  test('keeps sessions renewing and ending with full memory, and begins none', async () => {
    const sid = await begin()
    await ask(server, 'CONFIG', 'SET', 'maxmemory', '1')
    try {
      expect((await store.advance(step(sid, 1)))?.generation).toBe(2)
      await expect(store.insert(sampleSession(), roomy)).rejects.toThrow('OOM')
      expect((await store.revoke(sid, everywhere))?.revokedAt).toBe(everywhere.at)
    } finally {
      await ask(server, 'CONFIG', 'SET', 'maxmemory', '0')
    }
  })

  test('says nothing of a command in an error of the application’s ioredis client (I4)', async () => {
    const client = new Redis(server.port)
    const other = await redisStore({ client })
    await ask(server, 'SET', 'latchkey:keys', 'not a hash')
    const error = await other.writeKeys('sealed secret', 0).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(Error)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('sealed secret')
    await other.close()
    expect(client.status).toBe('ready')
    client.disconnect()
  })
})

describe.skipIf(redisMissing !== null)('the store on a replica', () => {
  test('refuses to read as well as to write: a replica must not say that a session is gone (I3)', async () => {
    const primary = await startRedis()
    const replica = await startRedis({ settings: { replicaof: `127.0.0.1 ${primary.port}` } })
    try {
      await expect(redisStore({ client: replica.url })).rejects.toThrow(/READONLY|MASTERDOWN|LOADING/)
      const client = new Redis(primary.port)
      const store = await redisStore({ client })
      const session = sampleSession()
      await store.insert(session, roomy)
      // The primary becomes a replica under the store's feet.
      await ask(primary, 'REPLICAOF', '127.0.0.1', String(replica.port))
      for (const verb of [
        () => store.find(session.sid),
        () => store.list({ subject: 'ada', limit: 10 }),
        () => store.findPublic('ada', session.publicId),
        () => store.revokedSince(0, 10),
        () => store.readKeys(),
        () => store.ping(),
      ]) {
        await expect(verb()).rejects.toThrow(/READONLY|MASTERDOWN|not connected|closed/)
      }
      await store.close()
      client.disconnect()
    } finally {
      await primary.remove()
      await replica.remove()
    }
  })
})
