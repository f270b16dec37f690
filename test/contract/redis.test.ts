import { redisStore } from 'latchkey/redis'
import { storeContract } from 'latchkey/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { ask, redisMissing, startRedis, type RedisServer } from '../helpers/redis.ts'

describe.skipIf(redisMissing !== null)('redisStore', () => {
  let server: RedisServer
  beforeAll(async () => void (server = await startRedis()))
  afterAll(() => server.remove())
  const open = async () => {
    const ioredis = new Redis(server.port)
    const openings = [await redisStore({ client: server.url }), await redisStore({ client: ioredis })] as const
    const remove = async () => void [ioredis.disconnect(), await ask(server, 'FLUSHALL')]
    return { openings, remove }
  }
  storeContract({ test, open })
})
