// Counts the commits to an SQLite database from outside, without disturbing it: the index of its write-ahead log
// (the -shm file) carries a counter that SQLite raises once for every commit (iChange, at byte 8 of the header; see
// "WAL-Index File Format" at sqlite.org). `checkCounter` makes sure, before anything is believed, that it does.

import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { endianness } from 'node:os'

const counterAt = 8

/** Commits so far, modulo 2^32, to the database at `path`, which some process has open in WAL mode. */
export function commitsOf(path: string): number {
  const file = openSync(`${path}-shm`, 'r')
  try {
    const bytes = Buffer.alloc(4)
    if (readSync(file, bytes, 0, 4, counterAt) !== 4) throw new Error('the index of the log is too short')
    return endianness() === 'LE' ? bytes.readUInt32LE() : bytes.readUInt32BE()
  } finally {
    closeSync(file)
  }
}

/** Throws where the counter does not count commits on this system. */
export function checkCounter(folder: string): void {
  const path = join(folder, 'counter.db')
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE numbers (one INTEGER)')
    const before = commitsOf(path)
    for (let commit = 0; commit < 50; commit += 1) {
      database.exec('BEGIN; INSERT INTO numbers VALUES (1); INSERT INTO numbers VALUES (2); COMMIT')
      database.prepare('SELECT count(*) FROM numbers').get()
    }
    const counted = commitsOf(path) - before
    if (counted !== 50) throw new Error(`50 commits were counted as ${counted}: this SQLite counts otherwise`)
  } finally {
    database.close()
  }
}
