// WAIT: what is acknowledged is on the replicas, what is not is said to be unconfirmed, and rotations do not wait.

import { sampleSession } from 'latchkey/testing'
import { redisStore } from 'latchkey/redis'
import type { Store } from 'latchkey'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ask, follows, redisMissing, startRedis, until, type RedisServer } from '../../helpers/redis.ts'

const begun = 1_700_000_000_000
const roomy = { max: 100, evict: true }
const unconfirmed = /applied, not confirmed: 0 of 1/

describe.skipIf(redisMissing !== null)('a store that waits for a replica', () => {
  let primary: RedisServer
  let replica: RedisServer
  let client: Redis
  let stores: readonly Store[]
  beforeAll(async () => {
    primary = await startRedis()
    replica = await startRedis({ settings: { replicaof: `127.0.0.1 ${primary.port}` } })
  })
  afterAll(async () => {
    await replica.remove()
    await primary.remove()
  })
  beforeEach(async () => {
    await until(() => follows(replica), 'the replica')
    client = new Redis(primary.port)
    const options = { replicas: 1, replicasMs: 1200 }
    stores = [await redisStore({ client: primary.url, ...options }), await redisStore({ client, ...options })]
  })
  afterEach(async () => {
    replica.resume()
    for (const store of stores) await store.close()
    client.disconnect()
    await ask(primary, 'FLUSHALL')
  })

  test('acknowledges a sign-in, a revocation and a key write when the replica has them', async () => {
    for (const [index, store] of stores.entries()) {
      const session = sampleSession()
      expect((await store.insert(session, roomy)).inserted).toBe(true)
      expect(Number(await ask(replica, 'DBSIZE'))).toBeGreaterThan(0)
      expect((await store.revoke(session.sid, { at: begun, reason: 'signed_out' }))?.revokedAt).toBe(begun)
      expect(await store.writeKeys(`sealed ${index}`, index)).toBe(true)
      expect(await ask(replica, 'HGET', 'latchkey:keys', 'text')).toBe(`sealed ${index}`)
    }
  })

  test('rejects what too few replicas have in time, and a repeat is safe and waits again', async () => {
    for (const [index, store] of stores.entries()) {
      const session = sampleSession({ subject: `subject ${index}` })
      await store.insert(session, roomy)
      replica.pause()
      const revoke = (): Promise<unknown> => store.revoke(session.sid, { at: begun, reason: 'signed_out' })
      const write = (): Promise<unknown> => store.writeKeys('sealed', index)
      const end = (): Promise<unknown> => store.revokeAll(session.subject, { at: begun, reason: 'revoked' })
      for (const act of [revoke, write, end, revoke, write, end]) await expect(act()).rejects.toThrow(unconfirmed)
      expect((await store.find(session.sid))?.revokedAt).toBe(begun)
      replica.resume()
      await until(async () => {
        const answer = await revoke().catch(() => 'not yet')
        return answer === null
      }, 'the replica')
      expect(await write()).toBe(true)
      expect(await end()).toEqual([])
    }
  })

  test('ends and tells what it may, though no replica confirms it (I10)', async () => {
    const [store] = stores
    const sessions = [sampleSession(), sampleSession()]
    for (const session of sessions) await store!.insert(session, roomy)
    replica.pause()
    await expect(store!.revokeAll('ada', { at: begun, reason: 'revoked' })).rejects.toThrow(unconfirmed)
    expect(await store!.list({ subject: 'ada', liveAt: begun, limit: 10 })).toEqual([])
    expect(await store!.revokedSince(0, 10)).toHaveLength(2)
    expect(await store!.insert(sampleSession(), roomy)).toEqual({ inserted: false, because: 'revoked' })
  })

  test('renews sessions at once while others wait for replicas in vain', async () => {
    const [store] = stores
    const sessions = Array.from({ length: 5 }, () => sampleSession())
    for (const session of sessions) await store?.insert(session, roomy)
    replica.pause()
    let settled = false
    const waiting = store!.insert(sampleSession(), roomy).finally(() => {
      settled = true
    })
    waiting.catch(() => undefined)
    await until(async () => (await ask(primary, 'CLIENT', 'LIST')).includes('cmd=wait'), 'the WAIT')
    const steps = sessions.map(({ sid, client, idleExpiresAt }) =>
      store!.advance({ sid, from: 1, to: 2, at: begun, idleExpiresAt, client, thumbprint: null }),
    )
    expect((await Promise.all(steps)).map((row) => row?.generation)).toEqual([2, 2, 2, 2, 2])
    expect(settled).toBe(false)
    await expect(waiting).rejects.toThrow(unconfirmed)
  })

  test('shares one WAIT among the writes of one turn', async () => {
    const [store] = stores
    const sessions = Array.from({ length: 20 }, () => sampleSession())
    for (const session of sessions) await store!.insert(session, roomy)
    await ask(primary, 'CONFIG', 'RESETSTAT')
    await Promise.all(sessions.map(({ sid }) => store!.revoke(sid, { at: begun, reason: 'revoked' })))
    const calls = Number(/cmdstat_wait:calls=(\d+)/.exec(await ask(primary, 'INFO', 'commandstats'))?.[1])
    expect(calls).toBeLessThanOrEqual(4)
  })

  test('never takes a WAIT on a new connection for one behind a write on an old one', async () => {
    const [store] = stores
    const session = sampleSession()
    await store!.insert(session, roomy)
    replica.pause()
    const revocation = store!.revoke(session.sid, { at: begun, reason: 'revoked' })
    revocation.catch(() => undefined)
    const waits = async (): Promise<string | undefined> =>
      (await ask(primary, 'CLIENT', 'LIST')).split('\n').find((line) => line.includes('cmd=wait'))
    await until(async () => (await waits()) !== undefined, 'the WAIT')
    const id = /id=(\d+)/.exec((await waits()) ?? '')?.[1] ?? ''
    await ask(primary, 'CLIENT', 'KILL', 'ID', id)
    replica.resume()
    await expect(revocation).rejects.toThrow()
    await until(async () => {
      const answer = await store!.revoke(session.sid, { at: begun, reason: 'revoked' }).catch(() => 'not yet')
      return answer === null
    }, 'a connection again')
  })
})
