// Three server processes on one SQLite file: nodes killed and stopped (also in the middle of a write, with the lock held),
// the file locked for longer than anybody waits, the disk full.

import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshFolder, removeFolder } from '../helpers/server.ts'
import { aWhile, nodeFaults, type FaultKind } from './faults.ts'
import { ServerNode } from './nodes.ts'
import { expectEventful, run } from './run.ts'
import { seedsOf } from './seeds.ts'
import { diskFull, mountTinyDisk, unmountTinyDisk } from './tiny-disk.ts'
import { sleep } from './world.ts'

const locked = (folder: string): FaultKind => ({
  what: 'the database locked',
  strike: async ({ chance }) => {
    const locker = new DatabaseSync(join(folder, 'latchkey.db'))
    try {
      locker.exec('PRAGMA busy_timeout = 1000; BEGIN IMMEDIATE')
      await sleep(aWhile(chance))
      locker.exec('ROLLBACK')
    } finally {
      locker.close()
    }
    return {}
  },
})

test.each(seedsOf('sqlite'))(
  'nobody honest is signed out, nothing forks (I2, I3, I10), SQLite, seed %i',
  async (seed) => {
    const folder = freshFolder()
    const isTiny = mountTinyDisk(folder)
    try {
      const nodes = [0, 1, 2].map(() => new ServerNode(folder, {}))
      const faults = [...nodeFaults, locked(folder), ...(isTiny ? [diskFull(folder)] : [])]
      const { breaches, summary } = await run({ title: 'SQLite', seed, nodes, faults })
      expect(breaches).toEqual([])
      expectEventful(summary)
    } finally {
      if (isTiny) unmountTinyDisk(folder)
      removeFolder(folder)
    }
  },
)
