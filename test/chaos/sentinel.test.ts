// Three server processes on a primary with a replica, watched by three sentinels: the primary dies with rotations that
// the replica does not have, the replica takes over, and every session goes on (heal). Sign-ins and sign-outs wait for
// the replica, so none that was acknowledged is lost.

import { describe, expect, test } from 'vitest'
import { redisMissing, startSentinels } from '../helpers/redis.ts'
import { freshFolder, removeFolder } from '../helpers/server.ts'
import { nodeFaults, wrongClock } from './faults.ts'
import { sentinelsAgree, replicaFaults } from './redis-faults.ts'
import { redisNode } from './redis-nodes.ts'
import { expectEventful, run } from './run.ts'
import { seedsOf } from './seeds.ts'

describe.skipIf(redisMissing !== null)('Redis Sentinel', () => {
  test.each(seedsOf('sentinel'))('nobody honest is signed out, nothing forks (I2, I3, I10), seed %i', async (seed) => {
    const folder = freshFolder()
    const redis = await startSentinels({ replicas: 1 })
    try {
      const nodes = [0, 1, 2].map(() => redisNode(folder, redis.url, 1))
      const faults = [
        ...nodeFaults,
        wrongClock,
        ...replicaFaults([redis.primary, ...redis.replicas], 1, sentinelsAgree(redis.sentinels)),
      ]
      const { breaches, summary } = await run({ title: 'Redis Sentinel', seed, nodes, faults })
      expect(breaches).toEqual([])
      expect(summary.healed, 'rotations that a failover had lost').toBeGreaterThan(0)
      expectEventful(summary)
    } finally {
      await redis.remove()
      removeFolder(folder)
    }
  })
})
