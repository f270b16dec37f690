// The feed's present over a connection that comes and goes, and what its past forgets.

import { sampleSession } from 'latchkey/testing'
import { redisStore } from 'latchkey/redis'
import type { Revocation, Store, Watcher } from 'latchkey'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ask, redisMissing, startRedis, until, type RedisServer } from '../../helpers/redis.ts'

const begun = 1_700_000_000_000
const day = 86_400_000
const roomy = { max: 1000, evict: true }

class Told implements Watcher {
  readonly words: string[] = []
  readonly entries: Revocation[] = []
  readonly changed = (): void => void this.words.push('changed')
  readonly lost = (): void => void this.words.push('lost')
  readonly revoked = (entries: readonly Revocation[]): void => {
    this.words.push('revoked')
    this.entries.push(...entries)
  }
}

describe.skipIf(redisMissing !== null)('the feed on Redis', () => {
  let server: RedisServer
  let client: Redis
  let store: Store
  let other: Store
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.remove())
  beforeEach(async () => {
    client = new Redis(server.port)
    client.on('error', () => undefined)
    store = await redisStore({ client: server.url })
    other = await redisStore({ client })
  })
  afterEach(async () => {
    await store.close()
    await other.close()
    client.disconnect()
    await ask(server, 'FLUSHALL')
  })

  async function revokeOne(by: Store, at = begun): Promise<Revocation> {
    const session = sampleSession()
    await by.insert(session, roomy)
    await by.revoke(session.sid, { at, reason: 'signed_out' })
    return { publicId: session.publicId, revokedAt: at }
  }

  test('tells each revocation by another process within milliseconds, and keys as a change', async () => {
    const told = [new Told(), new Told()]
    const stops = [store.watch(told[0]!), other.watch(told[1]!)]
    await until(() => told.every(({ words }) => words.includes('changed')), 'the beginning')
    const began = performance.now()
    const revocation = await revokeOne(other)
    await until(() => told[0]!.entries.length === 1, 'the revocation')
    expect(performance.now() - began).toBeLessThan(500)
    expect(told[0]!.entries).toEqual([revocation])
    expect(await store.writeKeys('sealed', 0)).toBe(true)
    await until(() => told[1]!.words.filter((word) => word === 'changed').length === 2, 'the keys')
    for (const stop of stops) stop()
  })

  test('says that it is lost when Redis goes, and begins again with a load when it is back', async () => {
    const told = [new Told(), new Told()]
    const stops = [store.watch(told[0]!), other.watch(told[1]!)]
    await until(() => told.every(({ words }) => words.length === 1), 'the beginning')
    await server.kill()
    await until(() => told.every(({ words }) => words.includes('lost')), 'the loss')
    await expect(store.find(sampleSession().sid)).rejects.toThrow()
    await expect(other.find(sampleSession().sid)).rejects.toThrow()
    await server.start()
    await until(() => told.every(({ words }) => words.at(-1) === 'changed'), 'the return')
    await until(async () => (await store.ping().catch(() => null)) !== null, 'the store')
    await until(async () => (await other.ping().catch(() => null)) !== null, 'the other store')
    await revokeOne(store)
    await until(() => told.every(({ entries }) => entries.length === 1), 'the revocation')
    for (const stop of stops) stop()
  })

  test('notices a server that has fallen silent', async () => {
    const told = new Told()
    const stop = store.watch(told)
    await until(() => told.words.includes('changed'), 'the beginning')
    server.pause()
    try {
      await until(() => told.words.includes('lost'), 'the loss')
    } finally {
      server.resume()
    }
    await until(() => told.words.at(-1) === 'changed', 'the return')
    stop()
  })

  test('lets go of its connection with the last watcher, and tells a late one to load at once', async () => {
    const connections = async (): Promise<number> =>
      (await ask(server, 'CLIENT', 'LIST')).split('\n').filter((line) => / sub=[1-9]/.test(line)).length
    const [first, late] = [new Told(), new Told()]
    const stops = [store.watch(first)]
    await until(() => first.words.length === 1, 'the beginning')
    stops.push(store.watch(late))
    await until(() => late.words.length === 1, 'the late one')
    expect(await connections()).toBe(1)
    for (const stop of stops) stop()
    await until(async () => (await connections()) === 0, 'the end of the connection')
  })

  test('forgets what is older than two days, by the older of two clocks', async () => {
    await revokeOne(store, begun)
    const kept = await revokeOne(store, begun + day)
    const newest = await revokeOne(store, begun + 2 * day + 1)
    expect(await store.revokedSince(0, 10)).toEqual([newest, kept])
  })

  test('forgets nothing by the clock of a node that runs years ahead', async () => {
    const now = Date.now()
    const recent = await revokeOne(store, now - day)
    const ahead = await revokeOne(store, now + 1000 * day)
    const newest = await revokeOne(store, now)
    expect(await store.revokedSince(0, 10)).toEqual([ahead, newest, recent])
  })

  test('keeps the newest and no more than a million entries (I7)', async () => {
    // In pieces: a server that is silent for seconds would be taken for one that has stopped.
    const fill = `for i = ARGV[1], ARGV[1] + 50004 do redis.call('ZADD', KEYS[1], ${begun} + i, 'entry ' .. i) end`
    for (let piece = 0; piece < 20; piece += 1) await client.eval(fill, 1, 'latchkey:revoked', 1 + piece * 50_005)
    const newest = await revokeOne(store, begun + 2_000_000)
    expect(await client.zcard('latchkey:revoked')).toBe(1_000_000)
    expect(await store.revokedSince(0, 1)).toEqual([newest])
  })
})
