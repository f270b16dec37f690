// examples/redis-storage.ts keeps the contract of storages, on a real Redis.

import { createClient } from '@redis/client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { redisStorage } from '../../../examples/redis-storage.ts'
import { ask, redisMissing, startRedis, type RedisServer } from '../../helpers/redis.ts'
import { sampleKept, storageContract } from './storage-contract.ts'

describe.skipIf(redisMissing !== null)('examples/redis-storage.ts (C45)', () => {
  let server: RedisServer
  let connections: ReturnType<typeof createClient>[]
  const connect = async (): Promise<ReturnType<typeof createClient>> => {
    const connection: ReturnType<typeof createClient> = createClient({ url: server.url })
    return connection.connect()
  }
  beforeAll(async () => {
    server = await startRedis()
    connections = await Promise.all([connect(), connect()])
  })
  beforeEach(async () => void (await ask(server, 'FLUSHALL')))
  afterAll(async () => {
    for (const connection of connections) connection.destroy()
    await server.remove()
  })
  const open = () => [redisStorage(connections[0]!, 'session'), redisStorage(connections[1]!, 'session')] as const
  storageContract({ test: it, open })

  it('gives its lock back by itself some time after its holder has died', async () => {
    await open()[0].lock?.(async () => {
      const leftMs = Number(await ask(server, 'PTTL', 'session:lock'))
      expect(leftMs).toBeGreaterThan(8000)
      expect(leftMs).toBeLessThanOrEqual(15_000)
    }, 1000)
    expect(await ask(server, 'EXISTS', 'session:lock')).toBe('0')
  })

  it('gives back no lock but its own', async () => {
    const [one, other] = open()
    await one.lock?.(async () => {
      await ask(server, 'DEL', 'session:lock')
      await ask(server, 'SET', 'session:lock', 'of another')
    }, 1000)
    expect(await ask(server, 'GET', 'session:lock')).toBe('of another')
    await expect(other.lock?.(async () => undefined, 30)).rejects.toMatchObject({ name: 'TimeoutError' })
    await one.write(sampleKept())
  })
})
