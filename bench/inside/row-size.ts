// Bytes per session in the SQLite file, indexes included, before and after every session has been rotated 100 times in
// random order.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from 'latchkey'
import { sqliteStore } from 'latchkey/sqlite'
import { browser } from '../server/seed.ts'
import { fill, noDevice, rotateAll, sizedSessions } from './rotations.ts'

export interface RowSize {
  /** Bytes per session of a browser, its user agent of 68 characters included, before and after the rotations. */
  readonly before: number
  readonly after: number
  /** Bytes per session without label, user agent and place, unrotated. */
  readonly withoutDevice: number
}

export async function rowSize(folder: string): Promise<RowSize> {
  const withDevice = await filled(join(folder, 'with.db'), browser)
  const before = bytesPerSession(withDevice.path)
  await rotateAll(withDevice.store)
  const after = bytesPerSession(withDevice.path)
  await withDevice.store.close()
  const without = await filled(join(folder, 'without.db'), noDevice)
  const withoutDevice = bytesPerSession(without.path)
  await without.store.close()
  return { before, after, withoutDevice }
}

async function filled(path: string, device: typeof browser): Promise<{ readonly path: string; readonly store: Store }> {
  const store = sqliteStore(path)
  await fill(store, sizedSessions, device)
  return { path, store }
}

// The file as it lies on the disk, once the log has been written back into it.
function bytesPerSession(path: string): number {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  return statSync(path).size / sizedSessions
}
