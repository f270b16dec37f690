// Opens an SQLite file the way Latchkey wants it: WAL, synchronous FULL, and never waiting inside a statement, because
// a wait there would hold up the whole process; whoever meets a lock comes back later (group-commit.ts).

import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** How long opening may wait for another process that holds the lock. */
const openWaitMs = 5000

export const memoryPath = ':memory:'

/** Opens or makes the database at this path; runs `prepare` (migrations) while locks are still waited for. */
export function openDatabase(path: string, prepare: (database: DatabaseSync) => void): DatabaseSync {
  const database = new DatabaseSync(path)
  try {
    database.exec(`PRAGMA busy_timeout = ${openWaitMs}`)
    becomeWal(database)
    database.exec('PRAGMA synchronous = FULL')
    prepare(database)
    database.exec('PRAGMA busy_timeout = 0')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

// Changing the journal's mode meets locks that SQLite does not wait for by itself.
function becomeWal(database: DatabaseSync): void {
  const giveUpAt = performance.now() + openWaitMs
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

/** Whether an error says that another process holds the lock: nothing has happened, and trying again makes sense. */
export const isBusy = (error: unknown): boolean => resultCode(error) === 5

/** Whether an error may have ended the whole transaction: any of SQLite's but a constraint, which concerns one row. */
export const spoilsTransaction = (error: unknown): boolean => ![undefined, 19].includes(resultCode(error))

// The low byte is the primary result code; the others refine it.
function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/**
 * Makes a check that throws where the file at `path` is no longer the one that is open. SQLite itself goes on writing
 * to a file that was deleted or replaced, and everything written would be lost at the next start.
 */
export function createFileCheck(path: string): () => void {
  if (path === memoryPath) return () => undefined
  const opened = statSync(path).ino
  return () => {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) throw new Error('the database file is gone: put it back, or restart')
    if (found.ino !== opened) throw new Error('the database file was replaced: restart')
  }
}
