// Three server processes on one Redis that writes everything to its log (AOF) before it answers: killed and started again,
// stopped, cut off. A crash of the process loses nothing then; what a crash of the machine loses, heals.

import { describe, expect, test } from 'vitest'
import { redisMissing, startRedis } from '../helpers/redis.ts'
import { freshFolder, removeFolder } from '../helpers/server.ts'
import { nodeFaults, wrongClock } from './faults.ts'
import { startProxies } from './proxy.ts'
import { redisNode } from './redis-nodes.ts'
import { expectEventful, run } from './run.ts'
import { seedsOf } from './seeds.ts'
import { storeFaults, wireFaults } from './store-faults.ts'

describe.skipIf(redisMissing !== null)('Redis', () => {
  test.each(seedsOf('redis'))('nobody honest is signed out, nothing forks (I2, I3, I10), seed %i', async (seed) => {
    const folder = freshFolder()
    const redis = await startRedis({ settings: { appendonly: 'yes' } })
    const proxies = await startProxies(redis.port, 3)
    try {
      const nodes = proxies.map(({ port }) => redisNode(folder, `redis://127.0.0.1:${port}`, 0))
      const faults = [...nodeFaults, wrongClock, ...storeFaults(redis, null), ...wireFaults(proxies)]
      const { breaches, summary } = await run({ title: 'Redis', seed, nodes, faults })
      expect(breaches).toEqual([])
      expectEventful(summary)
    } finally {
      for (const proxy of proxies) proxy.close()
      await redis.remove()
      removeFolder(folder)
    }
  })
})
