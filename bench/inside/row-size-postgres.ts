// Bytes per session in PostgreSQL, the table with all its indexes, before and after every session has been rotated
// 100 times in random order, with pages that insertions fill to a given percent; and how many of the rotations were HOT.

import { Client } from 'pg'
import { openStore } from '../server/stores.ts'
import { browser } from '../server/seed.ts'
import { fill, noDevice, rotateAll, sizedInEngines, sizedRotations } from './rotations.ts'

export interface PostgresRowSize {
  readonly before: number
  readonly after: number
  /** The share of updates that touched no index. */
  readonly hot: number
  readonly vacuums: number
  /** Rotations per second, many at once, on both cores. */
  readonly perSecond: number
}

export interface PostgresSizing {
  /** Of an empty database. */
  readonly url: string
  readonly fillFactor: number
  readonly device: boolean
}

export async function rowSizePostgres({ url, fillFactor, device }: PostgresSizing): Promise<PostgresRowSize> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const store = await openStore('postgres', url)
    await client.query(`ALTER TABLE latchkey.sessions SET (fillfactor = ${fillFactor})`)
    await fill(store, sizedInEngines, device ? browser : noDevice)
    const before = await bytesPerSession(client)
    const begun = performance.now()
    await rotateAll(store)
    const perSecond = (sizedInEngines * sizedRotations * 1000) / (performance.now() - begun)
    // Its connections tell their counters when they end.
    await store.close()
    return { before, after: await bytesPerSession(client), perSecond, ...(await updatesSeen(client)) }
  } finally {
    await client.end()
  }
}

async function bytesPerSession(client: Client): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>("SELECT pg_total_relation_size('latchkey.sessions') AS bytes")
  return Number(rows[0]?.bytes) / sizedInEngines
}

interface Updates {
  readonly hot: number
  readonly vacuums: number
}

// A backend tells its counters as it ends, and ends a moment after its connection.
async function updatesSeen(client: Client): Promise<Updates> {
  const text =
    "SELECT n_tup_upd AS all, n_tup_hot_upd AS hot, autovacuum_count AS vacuums FROM pg_stat_user_tables WHERE relname = 'sessions'"
  for (let looks = 0; looks < 200; looks += 1) {
    const { rows } = await client.query<{ all: string; hot: string; vacuums: string }>(text)
    const [row] = rows
    const all = Number(row?.all)
    if (all === sizedInEngines * sizedRotations) return { hot: Number(row?.hot) / all, vacuums: Number(row?.vacuums) }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('PostgreSQL counts another number of updates than were made')
}
