// Bytes per session in the SQLite file, indexes included, before and after every session has been rotated 100 times in
// random order. Sessions begin through `latchkey.signIn`; rotations are the store's own `advance`, without signatures.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createLatchkey, generateKeys, type Store } from 'latchkey'
import { sqliteStore } from 'latchkey/sqlite'
import { issuer } from '../server/cases.ts'
import { beginSessions, browser, rowsOf } from '../server/seed.ts'

export interface RowSize {
  /** Bytes per session of a browser, its user agent of 68 characters included, before and after the rotations. */
  readonly before: number
  readonly after: number
  /** Bytes per session without label, user agent and place, unrotated. */
  readonly withoutDevice: number
  readonly sessions: number
  readonly rotations: number
}

const sessions = 10_000
const rotations = 100
const atOnce = 250
const noDevice = { label: '', userAgent: '', place: '' }

export async function rowSize(folder: string): Promise<RowSize> {
  const withDevice = await filled(join(folder, 'with.db'), browser)
  const before = bytesPerSession(withDevice.path)
  await rotateAll(withDevice.store)
  const after = bytesPerSession(withDevice.path)
  await withDevice.store.close()
  const without = await filled(join(folder, 'without.db'), noDevice)
  const withoutDevice = bytesPerSession(without.path)
  await without.store.close()
  return { before, after, withoutDevice, sessions, rotations }
}

async function filled(path: string, device: typeof browser): Promise<{ readonly path: string; readonly store: Store }> {
  const store = sqliteStore(path)
  const latchkey = await createLatchkey({ issuer, keys: generateKeys(), store })
  await beginSessions(latchkey, sessions, 'session_key', device)
  return { path, store }
}

// The file as it lies on the disk, once the log has been written back into it.
function bytesPerSession(path: string): number {
  const database = new DatabaseSync(path)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
  return statSync(path).size / sessions
}

async function rotateAll(store: Store): Promise<void> {
  const rows = await rowsOf(store)
  const generations = new Map(rows.map(({ sid, generation }) => [sid, generation]))
  const order = rows.map(({ sid }) => sid)
  for (let rotation = 0; rotation < rotations; rotation += 1) {
    shuffle(order)
    for (let start = 0; start < order.length; start += atOnce) {
      await Promise.all(order.slice(start, start + atOnce).map((sid) => advance(store, sid, generations)))
    }
  }
}

async function advance(store: Store, sid: string, generations: Map<string, number>): Promise<void> {
  const from = generations.get(sid) ?? 0
  const at = Date.now()
  const step = {
    sid,
    from,
    to: from + 1,
    at,
    idleExpiresAt: at + 1_209_600_000,
    client: 'first-party',
    thumbprint: null,
  }
  const moved = await store.advance(step)
  if (moved?.generation !== from + 1) throw new Error('a rotation did not happen')
  generations.set(sid, from + 1)
}

function shuffle(list: string[]): void {
  for (let index = list.length - 1; index > 0; index -= 1) {
    const other = Math.floor(Math.random() * (index + 1))
    const [one = '', two = ''] = [list[index], list[other]]
    list[index] = two
    list[other] = one
  }
}
