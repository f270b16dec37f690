// Sessions in PostgreSQL: many nodes on one primary, in a schema of their own; sign-ins and sign-outs survive whatever the
// server's disk survives. The application's pool serves, or one of the store's own.

import { MisuseError } from '../../core/errors.ts'
import type { Store } from '../../core/store.ts'
import { checkSchema, migratePostgres } from './migrate.ts'
import { openPool, type OwnPool, type PostgresPool } from './pool.ts'
import { defaultSchema, ledger, migrationsOf } from './schema.ts'
import { PostgresStore, type Wiring } from './store.ts'

export interface PostgresStoreOptions {
  /** A URL, or the application's own `Pool` of `pg`, of at least two connections, which it ends itself. */
  readonly pool: string | PostgresPool
  /** Where the feed listens: a URL or a pool that reaches the server directly, which PgBouncer in transaction mode does not; `pool` where nothing is said. */
  readonly feed?: string | PostgresPool
  /** Small letters, digits and underscores; `latchkey` where nothing is said. */
  readonly schema?: string
  /** Whether a rotation waits for the disk: `asynchronous` (a lost rotation heals) where nothing is said, or `synchronous`. */
  readonly rotations?: 'asynchronous' | 'synchronous'
}

const names = ['pool', 'feed', 'schema', 'rotations']
/** Connections of a pool of the store's own: statements are short, and rotations go in groups. */
const maxConnections = 10

/**
 * Opens a store, making its schema or bringing it up to date. Throws `option_invalid`, `store_newer`, or what PostgreSQL
 * says.
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<Store> {
  const wiring = await wire(checked(options))
  try {
    await migratePostgres(wiring.pool, wiring.schema, ledger, migrationsOf(wiring.schema))
    return new PostgresStore(wiring)
  } catch (error) {
    await wiring.end()
    throw error
  }
}

async function wire({
  pool,
  feed,
  schema = defaultSchema,
  rotations = 'asynchronous',
}: PostgresStoreOptions): Promise<Wiring> {
  const own: OwnPool[] = []
  const poolOf = async (given: string | PostgresPool, max: number): Promise<PostgresPool> => {
    if (typeof given !== 'string') return given
    const made = await openPool(given, max)
    own.push(made)
    return made
  }
  const end = async (): Promise<void> => void (await Promise.all(own.map((made) => made.end())))
  const main = await poolOf(pool, maxConnections)
  return { pool: main, feed: feed === undefined ? main : await poolOf(feed, 1), schema, rotations, end }
}

function checked(options: PostgresStoreOptions): PostgresStoreOptions {
  if (typeof options !== 'object' || options === null) throw invalid('takes options')
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw invalid(`knows no option ${unknown}`)
  const { pool, feed, schema = defaultSchema, rotations = 'asynchronous' } = options
  if (!isPoolOrUrl(pool)) throw invalid('pool must be a postgres: URL or a Pool of pg')
  if (feed !== undefined && !isPoolOrUrl(feed)) throw invalid('feed must be a postgres: URL or a Pool of pg')
  if (!['asynchronous', 'synchronous'].includes(rotations)) {
    throw invalid('rotations must be asynchronous or synchronous')
  }
  checkSchema(schema)
  return options
}

// The URL is never repeated: it may hold a password (I4).
function isPoolOrUrl(given: string | PostgresPool): boolean {
  if (typeof given === 'string') return /^postgres(ql)?:\/\//.test(given)
  return typeof given?.connect === 'function' && typeof given.query === 'function'
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', `postgresStore ${message}`)

export { inspectPostgres } from './inspect.ts'
export type { DatabaseReport } from './inspect.ts'
export { migratePostgres } from './migrate.ts'
export type { PostgresMigration } from './migrate.ts'
export type { PostgresConnection, PostgresNotification, PostgresPool, PostgresQuery, PostgresResult } from './pool.ts'
