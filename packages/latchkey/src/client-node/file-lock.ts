// A lock between processes that the kernel gives back when its holder dies: an exclusive transaction on an SQLite file in
// which nothing is ever written. Nobody is robbed, nothing has to be guessed from process ids or ages of files, and
// waiting is asking again from a timer, so that the process goes on with its other work.

import { closeSync, openSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { systemCodeOf } from '../owned-file.ts'
import { FileStorageError } from './file-storage-error.ts'

const pauseMs = 10

type Database = typeof DatabaseSync

/**
 * Runs `work` while nobody else who asks for this lock does, in this process or another. Rejects with a `TimeoutError`
 * where that was not possible within `waitMs`. Where Node has no SQLite, nothing is locked.
 */
export async function withFileLock<Result>(path: string, work: () => Promise<Result>, waitMs: number): Promise<Result> {
  const Database = await loadDatabase()
  if (Database === undefined) return work()
  const held = await hold(Database, path, performance.now() + waitMs)
  try {
    return await work()
  } finally {
    held.close()
  }
}

// Loaded when it is needed first: older versions of Node have none, and some warn that it is new.
async function loadDatabase(): Promise<Database | undefined> {
  try {
    return (await import('node:sqlite')).DatabaseSync
  } catch {
    return undefined
  }
}

async function hold(Database: Database, path: string, giveUpAt: number): Promise<DatabaseSync> {
  const database = openLock(Database, path)
  try {
    while (!isTaken(database, path)) {
      const leftMs = giveUpAt - performance.now()
      if (leftMs <= 0) throw new DOMException(`${path} is held by another process`, 'TimeoutError')
      // Not in step with the others who wait.
      await pause(Math.min(leftMs, pauseMs * (0.5 + Math.random())))
    }
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function openLock(Database: Database, path: string): DatabaseSync {
  try {
    makePrivate(path)
    return new Database(path)
  } catch (error) {
    throw unusable(path, error)
  }
}

// Whoever can read the file can hold the lock. It is opened only where it is new: to close a file gives back every lock
// that this process has on it.
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error
  }
}

function isTaken(database: DatabaseSync, path: string): boolean {
  try {
    // Nothing is ever written, so there is nothing to roll back from a journal.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw unusable(path, error)
  }
}

// The low byte is SQLite's primary result code; 5 says that somebody else holds a lock.
const isBusy = (error: unknown): boolean => (Number((error as { errcode?: unknown } | null)?.errcode) & 0xff) === 5

const unusable = (path: string, error: unknown): FileStorageError =>
  new FileStorageError('lock_unusable', `${path} cannot be used as a lock: ${systemCodeOf(error)}`, error)
