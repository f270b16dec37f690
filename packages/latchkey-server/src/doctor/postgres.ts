// Looks into PostgreSQL, and whether the way to its feed is open.

import { inspectPostgres } from 'latchkey/postgres'
import type { Config } from '../config.ts'
import { withPool } from '../connections.ts'
import type { PostgresDatabase } from '../database-url.ts'
import { nothingYet, refuseOther, type Examined } from './database.ts'

/** Throws what is wrong with the database, or why it cannot be reached. */
export async function examinePostgres(config: Config, database: PostgresDatabase): Promise<Examined> {
  const { feed, postgresSchema } = config
  const place = `schema ${postgresSchema} of ${database.shown}`
  const report = await withPool(database, (pool) => inspectPostgres(pool, postgresSchema)).catch((error: unknown) => {
    throw isNoSuchTable(error) ? nothingYet(place) : error
  })
  const { schema, knownSchema, sessions, identity, warnings, newestRotatedAt } = report
  refuseOther(place, schema, knownSchema)
  if (feed !== undefined) await withPool(feed, (pool) => pool.query('SELECT 1'))
  return { says: `${place}, ${sessions} sessions`, identity, warnings, newestRotatedAt }
}

const isNoSuchTable = (error: unknown): boolean => (error as { readonly code?: unknown } | null)?.code === '42P01'
