// The store to read first when writing another: rows in a Map, each verb one synchronous and therefore atomic act.
// For tests and for trying things out; what it holds dies with the process.

import { frozen, isLive, type Session } from '../core/session.ts'
import type {
  Bound,
  Ending,
  EndingAll,
  Identity,
  Insertion,
  ListQuery,
  Mark,
  Revocation,
  SealedKeys,
  Step,
  Store,
  Swept,
  SweepQuery,
} from '../core/store.ts'
import { MemoryMarks } from './memory/marks.ts'

const defaultMaxRows = 100_000

export interface MemoryStoreOptions {
  /** Rows held at the most, and counters; beyond it `insert` and `mark` reject. 100,000 where nothing is said. */
  readonly maxRows?: number
}

/** The rows and the verbs on them, synchronous; the explorer of test/model takes and restores them as values. */
export class MemoryTable {
  readonly rows: Map<string, Session>
  readonly #notBefore = new Map<string, number>()
  readonly #maxRows: number

  constructor(rows: Iterable<Session> = [], maxRows: number = defaultMaxRows) {
    this.rows = new Map([...rows].map((row) => [row.sid, row]))
    this.#maxRows = maxRows
  }

  insert(session: Session, { max, evict }: Bound): Insertion {
    if (session.authTime <= (this.#notBefore.get(session.subject) ?? -1)) return { inserted: false, because: 'revoked' }
    const live = this.list({ subject: session.subject, liveAt: session.createdAt, limit: this.#maxRows })
    const excess = live.slice(0, Math.max(0, live.length + 1 - max))
    if (excess.length > 0 && !evict) return { inserted: false, because: 'full' }
    if (this.rows.size >= this.#maxRows) throw new Error(`the memory store holds ${this.#maxRows} rows already`)
    if (this.rows.has(session.sid)) throw new Error('a session with this sid exists')
    const ending = { at: session.createdAt, reason: 'evicted' } as const
    const evicted = excess.map((row) => this.revoke(row.sid, ending)).filter((row) => row !== null)
    // Copied and frozen: a row is nobody's to change but the store's.
    this.rows.set(session.sid, frozen(structuredClone(session)))
    return { inserted: true, evicted }
  }

  find(sid: string): Session | null {
    return this.rows.get(sid) ?? null
  }

  advance({ sid, from, to, at, idleExpiresAt, client, thumbprint }: Step): Session | null {
    const row = this.rows.get(sid)
    if (row === undefined || row.generation !== from || !isLive(row, at)) return null
    if (row.client !== client || row.thumbprint !== thumbprint) return null
    const moved = Object.freeze({ ...row, generation: to, rotatedAt: at, idleExpiresAt })
    this.rows.set(sid, moved)
    return moved
  }

  list({ subject, liveAt, after = '', limit }: ListQuery): Session[] {
    return [...this.rows.values()]
      .filter((row) => row.sid > after && row.subject === subject)
      .filter((row) => liveAt === undefined || isLive(row, liveAt))
      .sort(bySid)
      .slice(0, limit)
  }

  revoke(sid: string, { at, reason }: Ending): Session | null {
    const row = this.rows.get(sid)
    if (row === undefined || row.revokedAt !== null) return null
    const ended = Object.freeze({ ...row, revokedAt: at, revokedReason: reason })
    this.rows.set(sid, ended)
    return ended
  }

  revokeAll(subject: string, ending: EndingAll): Session[] {
    if (ending.exceptSid === undefined) {
      this.#notBefore.set(subject, Math.max(ending.at, this.#notBefore.get(subject) ?? 0))
    }
    return [...this.rows.values()]
      .filter((row) => row.subject === subject && row.sid !== ending.exceptSid)
      .map((row) => this.revoke(row.sid, ending))
      .filter((row) => row !== null)
  }

  sweep({ before, limit, after = '' }: SweepQuery): Swept {
    const seen = [...this.rows.values()]
      .filter((row) => row.sid > after)
      .sort(bySid)
      .slice(0, limit)
    const dead = seen.filter((row) => endOf(row) < before)
    for (const row of dead) this.rows.delete(row.sid)
    for (const [subject, at] of this.#notBefore) if (at < before) this.#notBefore.delete(subject)
    return { removed: dead.length, next: seen.length < limit ? null : (seen.at(-1)?.sid ?? null) }
  }

  revokedSince(at: number, limit: number): Revocation[] {
    return [...this.rows.values()]
      .flatMap(({ publicId, revokedAt }) => (revokedAt !== null && revokedAt > at ? [{ publicId, revokedAt }] : []))
      .sort((one, other) => other.revokedAt - one.revokedAt)
      .slice(0, limit)
  }
}

const bySid = (one: Session, other: Session): number => (one.sid < other.sid ? -1 : 1)

const endOf = (row: Session): number =>
  Math.min(row.revokedAt ?? Number.POSITIVE_INFINITY, row.idleExpiresAt, row.absoluteExpiresAt)

class MemoryStore implements Store {
  readonly #table: MemoryTable
  #identity: Identity | undefined
  #keys: SealedKeys | null = null
  readonly #marks: MemoryMarks

  constructor(table: MemoryTable, maxMarks: number) {
    this.#table = table
    this.#marks = new MemoryMarks(maxMarks)
  }

  async identify(proposal: Identity): Promise<Identity> {
    const known = this.#identity ?? proposal
    this.#identity = { environment: known.environment, keys: new Map([...proposal.keys, ...known.keys]) }
    return this.#identity
  }

  insert = refusingAborted((session: Session, bound: Bound) => this.#table.insert(session, bound))
  find = refusingAborted((sid: string) => this.#table.find(sid))
  findPublic = refusingAborted(
    (subject: string, publicId: string) =>
      [...this.#table.rows.values()].find((row) => row.subject === subject && row.publicId === publicId) ?? null,
  )
  advance = refusingAborted((step: Step) => this.#table.advance(step))
  list = refusingAborted((query: ListQuery) => this.#table.list(query))
  revoke = refusingAborted((sid: string, ending: Ending) => this.#table.revoke(sid, ending))
  revokeAll = refusingAborted((subject: string, ending: EndingAll) => this.#table.revokeAll(subject, ending))
  sweep = refusingAborted((query: SweepQuery) => this.#table.sweep(query))
  revokedSince = refusingAborted((at: number, limit: number) => this.#table.revokedSince(at, limit))
  readKeys = refusingAborted(() => this.#keys)
  writeKeys = refusingAborted((text: string, replacing: number) => {
    if ((this.#keys?.version ?? 0) !== replacing) return false
    this.#keys = { version: replacing + 1, text }
    return true
  })
  mark = refusingAborted((mark: Mark) => this.#marks.mark(mark))
  unmark = refusingAborted((key: string) => this.#marks.unmark(key))
  // A process's own memory has its clock.
  ping = refusingAborted(() => null)

  // Nobody else can write to a process's own memory.
  watch(): () => void {
    return () => undefined
  }

  async close(): Promise<void> {
    this.#table.rows.clear()
  }
}

// The signal is the last argument of every verb; the verb's own arguments come before it.
function refusingAborted<Arguments extends unknown[], Result>(
  verb: (...given: Arguments) => Result,
): (...given: [...Arguments, signal?: AbortSignal]) => Promise<Result> {
  return async (...given) => {
    const last = given.at(-1)
    if (last instanceof AbortSignal) last.throwIfAborted()
    return verb(...(given as unknown as Arguments))
  }
}

/** A store in this process's memory. */
export const memoryStore = ({ maxRows = defaultMaxRows }: MemoryStoreOptions = {}): Store =>
  new MemoryStore(new MemoryTable([], maxRows), maxRows)
