import { redisStore } from 'latchkey/redis'
import { storeContract } from 'latchkey/testing'
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { ask, redisMissing, startRedisCluster, type RedisCluster } from '../helpers/redis.ts'

describe.skipIf(redisMissing !== null)('redisStore on a cluster', () => {
  let cluster: RedisCluster
  beforeAll(async () => void (cluster = await startRedisCluster({ primaries: 3, replicas: 0 })))
  afterAll(() => cluster.remove())
  const open = async () => {
    const ioredis = new Cluster(cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })))
    const openings = [await redisStore({ client: cluster.url }), await redisStore({ client: ioredis })] as const
    const remove = async () =>
      void [ioredis.disconnect(), ...(await Promise.all(cluster.nodes.map((node) => ask(node, 'FLUSHALL'))))]
    return { openings, remove }
  }
  storeContract({ test, open })
})
