// A subject's rows in the order of their sids, a bounded piece at a time.

import { isLive, type Session } from '../../core/session.ts'
import type { ListQuery } from '../../core/store.ts'
import type { Rows } from './rows.ts'
import type { SubjectIndex } from './subject-index.ts'

/** Rows read at once. */
const piece = 100

/** See `Store.list`. */
export async function list(
  rows: Rows,
  index: SubjectIndex,
  { subject, liveAt, after = '', limit }: ListQuery,
  signal?: AbortSignal,
): Promise<Session[]> {
  const sids = (await index.members(subject, signal)).filter((sid) => sid > after)
  const found: Session[] = []
  for (let from = 0; from < sids.length && found.length < limit; from += piece) {
    const there = await rows.findAll(sids.slice(from, from + piece), signal)
    found.push(...there.filter((row) => liveAt === undefined || isLive(row, liveAt)))
  }
  return found.slice(0, limit)
}
