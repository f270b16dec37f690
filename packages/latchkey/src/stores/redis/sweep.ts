// The broom. Redis forgets rows by itself, in time; the sweep forgets what is asked for, now. It walks by SCAN over one
// primary after the other; where it is, is a text of the primary's name and its cursor.

import type { Swept, SweepQuery } from '../../core/store.ts'
import type { Driver, Primary } from './driver.ts'
import type { Keys } from './keys.ts'
import { patiently } from './patience.ts'
import type { Rows } from './rows.ts'
import type { SubjectIndex } from './subject-index.ts'

export interface SweepParts {
  readonly driver: Driver
  readonly keys: Keys
  readonly rows: Rows
  readonly index: SubjectIndex
}

/** See `Store.sweep`. */
export async function sweep(
  { driver, keys, rows, index }: SweepParts,
  { before, limit, after = '' }: SweepQuery,
  signal?: AbortSignal,
): Promise<Swept> {
  signal?.throwIfAborted()
  const [name = '', from = '0'] = after.split(' ')
  // In the order of their names: where a primary has gone meanwhile, the walk goes on with the next.
  const ahead = (await patiently(driver.primaries(), signal)).filter((one) => one.name >= name).sort(byName)
  const [primary, following] = ahead
  if (primary === undefined) return { removed: 0, next: null }
  const command = ['SCAN', primary.name === name ? from : '0', 'MATCH', keys.sessions, 'COUNT', String(limit)]
  const [cursor, found] = (await patiently(primary.send(command), signal)) as [Buffer, Buffer[]]
  const sids = found.map((key) => keys.sidOf(String(key)))
  const removed = await Promise.all(sids.map((sid) => rows.deleteDead(sid, before, signal)))
  const gone = removed.filter((row) => row !== null)
  await Promise.all(gone.map(({ subject, sid }) => index.drop(subject, sid, signal)))
  const ended = String(cursor) === '0'
  if (ended && following === undefined) return { removed: gone.length, next: null }
  return { removed: gone.length, next: ended ? `${following?.name} 0` : `${primary.name} ${String(cursor)}` }
}

const byName = (one: Primary, other: Primary): number => (one.name < other.name ? -1 : 1)
