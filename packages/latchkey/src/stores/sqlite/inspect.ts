// Looks into a database without changing anything, for tools that say what is wrong with it.

import { DatabaseSync } from 'node:sqlite'
import type { Identity } from '../../core/store.ts'
import { identityIn } from './rows.ts'
import { ledger, migrations } from './schema.ts'

/** How long a look may wait for a writer. */
const waitMs = 2000

export interface DatabaseReport {
  /** The schema's version, and the newest that this code knows. */
  readonly schema: number
  readonly knownSchema: number
  readonly identity: Identity
  readonly sessions: number
  /** The last rotation, in epoch milliseconds; 0 where there is no session. */
  readonly newestRotatedAt: number
}

/** What the database at `path` holds. Throws what SQLite says where it is no database, damaged, or not one of ours. */
export function inspectDatabase(path: string): DatabaseReport {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    database.exec(`PRAGMA busy_timeout = ${waitMs}`)
    const said = String(Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0])
    if (said !== 'ok') throw new Error(`the database is damaged: ${said}`)
    const number = (sql: string): number => Number(Object.values(database.prepare(sql).get() ?? {})[0] ?? 0)
    return {
      schema: number(`SELECT max(version) FROM ${ledger}`),
      knownSchema: migrations.length,
      identity: identityIn(database),
      sessions: number('SELECT count(*) FROM latchkey_sessions'),
      newestRotatedAt: number('SELECT max(rotated_at) FROM latchkey_sessions'),
    }
  } finally {
    database.close()
  }
}
