// Three server processes on a Redis Cluster of three primaries with a replica each: a primary dies with rotations that its
// replica does not have, the replica takes over its slots, and every session goes on (heal). Sign-ins and sign-outs wait
// for a replica, so none that was acknowledged is lost.

import { describe, expect, test } from 'vitest'
import { redisMissing, startRedisCluster } from '../helpers/redis.ts'
import { freshFolder, removeFolder } from '../helpers/server.ts'
import { nodeFaults, wrongClock } from './faults.ts'
import { clusterIsWhole, replicaFaults } from './redis-faults.ts'
import { redisNode } from './redis-nodes.ts'
import { expectEventful, run } from './run.ts'
import { seedsOf } from './seeds.ts'

describe.skipIf(redisMissing !== null)('Redis Cluster', () => {
  test.each(seedsOf('cluster'))('nobody honest is signed out, nothing forks (I2, I3, I10), seed %i', async (seed) => {
    const folder = freshFolder()
    const redis = await startRedisCluster({ primaries: 3, replicas: 1 })
    try {
      const nodes = [0, 1, 2].map(() => redisNode(folder, redis.url, 1))
      const faults = [...nodeFaults, wrongClock, ...replicaFaults(redis.nodes, 3, clusterIsWhole)]
      const { breaches, summary } = await run({ title: 'Redis Cluster', seed, nodes, faults })
      expect(breaches).toEqual([])
      expect(summary.healed, 'rotations that a failover had lost').toBeGreaterThan(0)
      expectEventful(summary)
    } finally {
      await redis.remove()
      removeFolder(folder)
    }
  })
})
