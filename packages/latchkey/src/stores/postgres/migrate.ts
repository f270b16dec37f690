// Applies numbered migrations and keeps a ledger of them. Any number of processes may start at once: the lock lets one
// through at a time, and the later ones find the work done. A schema newer than this code is refused, not guessed at.

import { MisuseError } from '../../core/errors.ts'
import type { PostgresPool, Query } from './pool.ts'
import { transaction } from './transaction.ts'

/** One step; its number is its place in the list, counted from 1, and never changes once released. */
export interface PostgresMigration {
  readonly name: string
  /** One statement or several, with names that say their schema. */
  readonly sql: string
}

/** How long a process waits for another that migrates. */
const patienceMs = 60_000
/** How long one step may take: an index on a large table takes its time. */
const stepMs = 3_600_000

/** Throws `option_invalid` where a schema's name would have to be escaped. */
export function checkSchema(schema: string): string {
  if (typeof schema === 'string' && /^[a-z_][a-z0-9_]{0,49}$/.test(schema) && !schema.startsWith('pg_')) return schema
  const rule = 'small letters, digits and underscores, at most 50, and not begin with a digit or pg_'
  throw new MisuseError('option_invalid', `schema must be ${rule}`)
}

/**
 * Brings a schema up to date, making it where it is missing. `ledger` names the table in it that remembers. Throws
 * `store_newer`, or what PostgreSQL says.
 */
export async function migratePostgres(
  pool: PostgresPool,
  schema: string,
  ledger: string,
  migrations: readonly PostgresMigration[],
): Promise<void> {
  const table = `"${checkSchema(schema)}"."${ledger}"`
  const terms = { lock: `latchkey migrations ${schema}`, lockMs: patienceMs, statementMs: stepMs }
  await transaction(pool, terms, async (query) => {
    const applied = await openLedger(query, schema, table)
    if (applied > migrations.length) {
      throw new MisuseError(
        'store_newer',
        `the database has schema ${applied} in ${schema}.${ledger}; this version knows ${migrations.length}: use a newer one`,
      )
    }
    for (const [index, { name, sql }] of migrations.entries()) {
      if (index < applied) continue
      await query(sql)
      await query(`INSERT INTO ${table} (version, name) VALUES ($1, $2)`, [index + 1, name])
    }
  })
}

// Looks before it makes anything: where all is there, a role without the right to make it will do.
async function openLedger(query: Query, schema: string, table: string): Promise<number> {
  const [found] = await query('SELECT to_regnamespace($1) AS namespace, to_regclass($2) AS ledger', [schema, table])
  if (found?.['namespace'] === null) await query(`CREATE SCHEMA "${schema}"`)
  if (found?.['ledger'] === null) {
    await query(`CREATE TABLE ${table} (version integer PRIMARY KEY, name text NOT NULL)`)
  }
  const [newest] = await query(`SELECT coalesce(max(version), 0) AS version FROM ${table}`)
  return Number(newest?.['version'])
}
