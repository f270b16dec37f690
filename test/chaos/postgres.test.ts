// Three server processes on one PostgreSQL, which syncs its log so rarely that a crash certainly loses rotations: they
// heal. Sign-ins and sign-outs are synced before they are acknowledged, whatever rotations do.

import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { postgresMissing, startPostgres } from '../helpers/postgres.ts'
import { freshFolder, removeFolder } from '../helpers/server.ts'
import { nodeFaults, wrongClock } from './faults.ts'
import { ServerNode } from './nodes.ts'
import { startProxies } from './proxy.ts'
import { expectEventful, run } from './run.ts'
import { seedsOf } from './seeds.ts'
import { storeFaults, wireFaults } from './store-faults.ts'

const walWriterMs = 10_000
/** What an asynchronous commit can stay unsynced for, as PostgreSQL promises. */
const losesMs = 3 * walWriterMs
const settings = { wal_writer_delay: `${walWriterMs}ms`, wal_writer_flush_after: '1GB' }

function nodeBehind(port: number, storeUrl: string, folder: string, secret: string): ServerNode {
  const url = new URL(storeUrl)
  url.port = String(port)
  return new ServerNode(folder, { LATCHKEY_DATABASE_URL: url.href, LATCHKEY_SECRET: secret })
}

describe.skipIf(postgresMissing !== null)('PostgreSQL', () => {
  test.each(seedsOf('postgres'))('nobody honest is signed out, nothing forks (I2, I3, I10), seed %i', async (seed) => {
    const folder = freshFolder()
    const postgres = await startPostgres({ settings })
    const proxies = await startProxies(postgres.port, 3)
    try {
      const secret = randomBytes(32).toString('hex')
      const nodes = proxies.map(({ port }) => nodeBehind(port, postgres.url(), folder, secret))
      const faults = [...nodeFaults, wrongClock, ...storeFaults(postgres, losesMs), ...wireFaults(proxies)]
      const { breaches, summary } = await run({ title: 'PostgreSQL', seed, nodes, faults })
      expect(breaches).toEqual([])
      expect(summary.healed, 'rotations that a crash had lost').toBeGreaterThan(0)
      expectEventful(summary)
    } finally {
      for (const proxy of proxies) proxy.close()
      await postgres.remove()
      removeFolder(folder)
    }
  })
})
