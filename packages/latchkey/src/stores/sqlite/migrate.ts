// Applies numbered migrations and keeps a ledger of them. Any number of processes may start at once: the lock lets one
// through at a time, and the later ones find the work done. A schema newer than this code is refused, not guessed at.

import type { DatabaseSync } from 'node:sqlite'
import { MisuseError } from '../../core/errors.ts'

/** One step; its number is its place in the list, counted from 1, and never changes once released. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** Brings the schema up to date. `ledger` names the table that remembers. Throws `store_newer`. */
export function migrate(database: DatabaseSync, ledger: string, migrations: readonly Migration[]): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(`CREATE TABLE IF NOT EXISTS ${ledger} (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT`)
    const applied = newestOf(database, ledger)
    if (applied > migrations.length) {
      throw new MisuseError(
        'store_newer',
        `the database has schema ${applied} in ${ledger}; this version knows ${migrations.length}: use a newer one`,
      )
    }
    const record = database.prepare(`INSERT INTO ${ledger} (version, name) VALUES (?, ?)`)
    for (const [index, { name, sql }] of migrations.entries()) {
      if (index < applied) continue
      database.exec(sql)
      record.run(index + 1, name)
    }
    database.exec('COMMIT')
  } catch (error) {
    rollBack(database)
    throw error
  }
}

/** Rolls back, where there is still something to roll back: some errors (a full disk) have done so already. */
export function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // Nothing was open.
  }
}

function newestOf(database: DatabaseSync, ledger: string): number {
  const row = database.prepare(`SELECT coalesce(max(version), 0) AS newest FROM ${ledger}`).get()
  return Number(row?.['newest'] ?? 0)
}
