// Looks into a database without changing anything, and says in sentences what an operator should know of it: what it may
// forget, and when. For tools that say what is wrong.

import type { Identity, SealedKeys } from '../../core/store.ts'
import { checkSchema } from './migrate.ts'
import { queryOn, type PostgresPool, type Query, type Row } from './pool.ts'
import { identityOf, sealedKeysOf } from './rows.ts'
import { ledger, migrationsOf } from './schema.ts'
import { statementsOn } from './statements.ts'

/** To count many sessions takes a while. */
const lookMs = 60_000

export interface DatabaseReport {
  /** The schema's version, and the newest that this code knows. */
  readonly schema: number
  readonly knownSchema: number
  readonly identity: Identity
  readonly sealedKeys: SealedKeys | null
  readonly sessions: number
  /** The last rotation, in epoch milliseconds; 0 where there is no session. */
  readonly newestRotatedAt: number
  /** What to mend or to know, one sentence each. */
  readonly warnings: readonly string[]
}

/** What a schema holds. Throws what PostgreSQL says where it cannot be reached, or the schema is not one of ours. */
export async function inspectPostgres(pool: PostgresPool, schema: string): Promise<DatabaseReport> {
  const sql = statementsOn(checkSchema(schema))
  const query = queryOn(pool, lookMs)
  const [version] = await query(`SELECT max(version) AS version FROM "${schema}".${ledger}`)
  const [kept] = await query(`SELECT count(*) AS sessions, max(rotated_at) AS newest FROM "${schema}".sessions`)
  const [keys] = await query(sql.readKeys)
  return {
    schema: Number(version?.['version']),
    knownSchema: migrationsOf(schema).length,
    identity: identityOf(await query(sql.identity)),
    sealedKeys: keys?.['version'] === null ? null : sealedKeysOf(keys),
    sessions: Number(kept?.['sessions']),
    newestRotatedAt: Number(kept?.['newest'] ?? 0),
    warnings: await warningsOf(query),
  }
}

const server = `SELECT pg_is_in_recovery() AS standby, current_setting('server_version') AS version,
  current_setting('server_version_num')::integer AS number, current_setting('fsync') AS fsync,
  current_setting('full_page_writes') AS full_pages, current_setting('autovacuum') AS autovacuum,
  current_setting('synchronous_standby_names') AS synchronous,
  (SELECT count(*) FROM pg_stat_replication) AS standbys`

async function warningsOf(query: Query): Promise<string[]> {
  const [found = {}] = await query(server)
  return sentences.flatMap(([applies, sentence]) => (applies(found) ? [sentence(found)] : []))
}

type Sentence = readonly [applies: (found: Row) => boolean, sentence: (found: Row) => string]

const sentences: readonly Sentence[] = [
  [
    ({ number }) => Number(number) < 130_000,
    ({ version }) => `PostgreSQL ${String(version)} is too old: 13 or newer is needed.`,
  ],
  [({ standby }) => standby === true, () => 'This is a standby: sessions need the primary.'],
  [({ fsync }) => fsync === 'off', () => 'fsync is off: a crash can lose everything. Set it on.'],
  [
    ({ full_pages: full }) => full === 'off',
    () => 'full_page_writes is off: a crash can damage tables. Set it on, unless the file system never tears a page.',
  ],
  [
    ({ autovacuum }) => autovacuum === 'off',
    () => 'autovacuum is off: the table of sessions grows without end. Set it on.',
  ],
  [
    ({ standbys, synchronous }) => Number(standbys) > 0 && synchronous === '',
    () =>
      'The standbys are asynchronous: a failover can undo sign-outs that were acknowledged. Set synchronous_standby_names.',
  ],
]
