// Pools of connections to PostgreSQL, bounded in number and in time. `pg` is loaded where it is needed only: a server on
// SQLite starts without it.

import type { Pool } from 'pg'
import type { PostgresDatabase } from './database-url.ts'

/** Connections of one node: each statement takes well under a millisecond of one, and refreshes go in groups. */
const maxConnections = 10
/** To connect, or to wait for a free connection, may take this long. */
const connectMs = 5000
const idleMs = 30_000

/** Told when a connection breaks that nobody was using just then. */
export type OnBroken = (error: unknown, database: string) => void

/** A pool that has not connected yet. Ends with `end()`. */
export async function postgresPool({ url, shown }: PostgresDatabase, onBroken: OnBroken): Promise<Pool> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    connectionTimeoutMillis: connectMs,
    idleTimeoutMillis: idleMs,
    keepAlive: true,
    application_name: 'latchkey-server',
  })
  // Without a listener the first broken connection would end the process. The next query connects anew.
  pool.on('error', (error) => onBroken(error, shown))
  return pool
}

/** Does some work with a pool of its own, and ends it whatever happens. */
export async function withPool<Result>(
  database: PostgresDatabase,
  work: (pool: Pool) => Promise<Result>,
): Promise<Result> {
  // What breaks is told to whoever waits for the work.
  const pool = await postgresPool(database, () => undefined)
  try {
    return await work(pool)
  } finally {
    await pool.end()
  }
}
