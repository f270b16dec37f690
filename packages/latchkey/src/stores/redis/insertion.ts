// Begins a session under its subject's bound, without a transaction over two keys: reserve in the index, then add the row.
// A sign-out-everywhere sets the not-before, then ends what the index holds. So either the reservation sees the
// not-before, or the sign-out sees the reservation and ends the row, or leaves a tombstone where the row is still under
// way; in each case the session does not survive it (I10).

import { isLive, type Session } from '../../core/session.ts'
import type { Bound, Insertion } from '../../core/store.ts'
import type { Endings } from './endings.ts'
import { patienceMs, rest } from './patience.ts'
import { instantOf } from './row.ts'
import type { Rows } from './rows.ts'
import type { SubjectIndex } from './subject-index.ts'

/** How long a reservation without a row counts as a session under way. */
const underWayMs = 60_000
const pauseMs = 10

export interface InsertionParts {
  readonly rows: Rows
  readonly index: SubjectIndex
  readonly endings: Endings
}

const revoked = { inserted: false, because: 'revoked' } as const
const full = { inserted: false, because: 'full' } as const

/** See `Store.insert`. Rejects a sid that is taken, before anybody makes room for it. */
export async function insert(
  parts: InsertionParts,
  session: Session,
  { max, evict }: Bound,
  signal?: AbortSignal,
): Promise<Insertion> {
  const giveUpAt = performance.now() + patienceMs
  const evicted: Session[] = []
  let dead: readonly string[] = []
  while (performance.now() < giveUpAt) {
    const reservation = await parts.index.reserve(session, max, dead, signal)
    if (reservation.is === 'revoked') return revoked
    if (reservation.is === 'taken') throw taken()
    if (reservation.is === 'reserved') return land(parts, session, reservation.at, evicted, signal)
    const crowd = await look(parts.rows, session, reservation.sids, signal)
    dead = crowd.dead
    const excess = crowd.live.length + crowd.underWay + 1 - max
    if (excess <= 0) continue
    if (!evict) return full
    // All places are held by sessions that are just beginning: one of them will have a row soon.
    if (crowd.live.length === 0) await rest(pauseMs, signal)
    evicted.push(...(await makeRoom(parts, session, crowd.live.slice(0, excess), signal)))
  }
  throw new Error('too many sessions of one subject begin at once')
}

async function land(
  parts: InsertionParts,
  session: Session,
  reservedAt: number,
  evicted: readonly Session[],
  signal?: AbortSignal,
): Promise<Insertion> {
  const { rows, index } = parts
  const outcome = await rows.add(session, reservedAt, signal).catch(async (error: unknown) => {
    await takeBack(parts, session, signal).catch(() => undefined)
    throw error
  })
  if (outcome === 'added') return { inserted: true, evicted }
  await index.drop(session.subject, session.sid, signal)
  if (outcome === 'taken') throw taken()
  return revoked
}

// A sign-in that failed is no session, whether its row has landed or not: it must not stand in the way of the next one.
async function takeBack({ rows, index }: InsertionParts, session: Session, signal?: AbortSignal): Promise<void> {
  await rows.end(session.sid, { at: session.createdAt, reason: 'revoked' }, true, signal)
  await index.drop(session.subject, session.sid, signal)
}

interface Crowd {
  readonly live: readonly Session[]
  readonly underWay: number
  readonly dead: readonly string[]
}

// Who is really there of those that the index counts.
async function look(
  rows: Rows,
  { sid: own, createdAt }: Session,
  sids: readonly string[],
  signal?: AbortSignal,
): Promise<Crowd> {
  const [there, found] = await Promise.all([rows.find(own, signal), rows.findAll(sids, signal)])
  if (there !== null) throw taken()
  const having = new Set(found.map(({ sid }) => sid))
  const live = found.filter((row) => isLive(row, createdAt))
  const young = (sid: string): boolean => Math.abs(createdAt - instantOf(sid)) < underWayMs
  const missing = sids.filter((sid) => !having.has(sid))
  const ended = found.filter((row) => !live.includes(row)).map(({ sid }) => sid)
  const underWay = missing.filter(young).length
  return { live, underWay, dead: [...ended, ...missing.filter((sid) => !young(sid))] }
}

// Whoever ends a row first has evicted it; the others see that it has ended, and look again.
async function makeRoom(
  { endings }: InsertionParts,
  { createdAt: at }: Session,
  oldest: readonly Session[],
  signal?: AbortSignal,
): Promise<Session[]> {
  const ended = await Promise.all(oldest.map(({ sid }) => endings.end(sid, { at, reason: 'evicted' }, signal)))
  return ended.filter((row) => row !== null)
}

const taken = (): Error => new Error('a session with this sid exists')
