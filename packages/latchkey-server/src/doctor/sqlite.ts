// Looks into a database file.

import { existsSync } from 'node:fs'
import { inspectDatabase } from 'latchkey/sqlite'
import type { SqliteDatabase } from '../database-url.ts'
import { refuseOther, type Examined } from './database.ts'

/** Throws what is wrong with the file. */
export function examineSqlite({ path }: SqliteDatabase): Examined {
  if (!existsSync(path)) throw new Error(`${path} is missing: restore it from a backup`)
  const { schema, knownSchema, sessions, ...report } = inspectDatabase(path)
  refuseOther(path, schema, knownSchema)
  return { ...report, says: `${path}, ${sessions} sessions`, warnings: [] }
}
