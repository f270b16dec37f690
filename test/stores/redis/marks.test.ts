// Counters in Redis: their ends are the engine's, and Redis forgets them by itself.

import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Mark, Store } from 'latchkey'
import { redisStore } from 'latchkey/redis'
import { ask, redisMissing, startRedis, type RedisServer } from '../../helpers/redis.ts'

const start = 1_700_000_000_000
const markAt = (key: string, at: number, lifeMs: number): Mark => ({
  key,
  add: 1,
  at,
  expiresAt: at + lifeMs,
  replace: false,
})

describe.skipIf(redisMissing !== null)('counters', () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.remove())

  const open = async (): Promise<Store> => {
    const store = await redisStore({ client: server.url })
    onTestFinished(async () => {
      await store.close()
      await ask(server, 'FLUSHALL')
    })
    return store
  }
  const lifeOf = async (key: string): Promise<number> => Number(await ask(server, 'PTTL', `latchkey:m:${key}`))

  test('are forgotten by Redis soon after their end, whatever the engine’s clock says (I6, I7)', async () => {
    const store = await open()
    for (const at of [0, start, start * 2]) {
      const key = `at ${at}`
      await store.mark(markAt(key, at, 30_000))
      expect(await lifeOf(key)).toBeGreaterThan(85_000)
      expect(await lifeOf(key)).toBeLessThanOrEqual(90_000)
      await store.mark(markAt(key, at + 20_000, 30_000))
      expect(await lifeOf(key)).toBeLessThanOrEqual(70_000)
    }
    await store.mark(markAt('long', start, 31 * 86_400_000))
    expect(await lifeOf('long')).toBeGreaterThan(31 * 86_400_000)
  })

  test('leave nothing behind that was only read, or unmarked', async () => {
    const store = await open()
    await store.mark({ ...markAt('read', start, 30_000), add: 0 })
    await store.mark(markAt('gone', start, 30_000))
    await store.unmark('gone')
    expect(await ask(server, 'DBSIZE')).toBe('0')
  })

  test('are refused with full memory, which sessions need; they can still be taken away', async () => {
    const store = await open()
    const one = markAt('one', start, 30_000)
    await store.mark(one)
    await ask(server, 'CONFIG', 'SET', 'maxmemory', '1')
    try {
      await expect(store.mark(markAt('other', start, 30_000))).rejects.toThrow(/OOM/)
      await store.unmark('one')
    } finally {
      await ask(server, 'CONFIG', 'SET', 'maxmemory', '0')
    }
    expect((await store.mark({ ...one, add: 0 })).count).toBe(0)
  })

  // A line to Redis that can lose one answer: what was asked has been done, and nobody has heard of it.
  const leakyLine = async (): Promise<{ readonly port: number; readonly loseAnswer: () => void }> => {
    let loses = false
    const line = createServer((near) => {
      const far: Socket = connect(server.port, '127.0.0.1')
      for (const end of [near, far]) end.on('error', () => undefined)
      near.on('close', () => far.destroy()).pipe(far)
      far.on('data', (answer) => {
        if (!loses) return void near.write(answer)
        loses = false
        near.destroy()
      })
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void line.close())
    await once(line, 'listening')
    return { port: (line.address() as AddressInfo).port, loseAnswer: () => void (loses = true) }
  }

  test('count once what a client sends twice because an answer was lost: no proof is a replay by it (I3, attack 43)', async () => {
    const line = await leakyLine()
    const client = new Redis(line.port, '127.0.0.1', { enableReadyCheck: false })
    client.on('error', () => undefined)
    onTestFinished(() => client.disconnect())
    const store = await redisStore({ client })
    onTestFinished(() => store.close())
    // The script is known by now, so that what is lost is the answer to it.
    expect((await store.mark(markAt('other', start, 30_000))).count).toBe(1)
    line.loseAnswer()
    expect(await store.mark(markAt('proof', start, 30_000))).toEqual({ count: 1, expiresAt: start + 30_000 })
    expect(await store.mark(markAt('proof', start, 30_000))).toEqual({ count: 2, expiresAt: start + 30_000 })
  })
})
