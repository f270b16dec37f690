// The verbs. One statement each, on whatever connection is free; those that take several stand in writes.ts, rotations
// go in groups. What reads in order to decide asks whether this is the primary, in the same statement.

import type { Session } from '../../core/session.ts'
import type {
  Bound,
  Ending,
  EndingAll,
  Identity,
  Insertion,
  ListQuery,
  Mark,
  Marked,
  Revocation,
  SealedKeys,
  Step,
  Store,
  Swept,
  SweepQuery,
  Watcher,
} from '../../core/store.ts'
import { Calls } from './calls.ts'
import { Listener } from './listener.ts'
import { channelOf, newSender } from './messages.ts'
import { withConnection, type PostgresPool, type Row } from './pool.ts'
import { Rotations } from './rotations.ts'
import { markedOf, publicIdText, revocationOf, sealedKeysOf, sessionOf, sidOf, sidText } from './rows.ts'
import { statementsOn, type Statements } from './statements.ts'
import { retrying } from './transaction.ts'
import { checkPrimary, identify, insert, revokeAll, type Writing } from './writes.ts'

export interface Wiring {
  readonly pool: PostgresPool
  readonly feed: PostgresPool
  readonly schema: string
  readonly rotations: 'asynchronous' | 'synchronous'
  /** Ends the pools that are the store's own. */
  readonly end: () => Promise<void>
}

/** Not-befores that one statement forgets. */
const subjectsAtOnce = 1000

export class PostgresStore implements Store {
  readonly #writing: Writing
  readonly #sql: Statements
  readonly #calls = new Calls()
  readonly #rotations: Rotations
  readonly #listener: Listener
  readonly #end: () => Promise<void>
  #closing: Promise<void> | undefined

  constructor({ pool, feed, schema, rotations, end }: Wiring) {
    const [sql, channel, sender] = [statementsOn(schema), channelOf(schema), newSender()]
    this.#sql = sql
    this.#writing = { pool, schema, sql, channel, sender }
    const advance = rotations === 'asynchronous' ? sql.advance : sql.advanceDurably
    this.#rotations = new Rotations((values) => withConnection(pool, undefined, (query) => query(advance, values)))
    const notify = (message: string): Promise<unknown> => this.#ask(sql.notify, [channel, [message]])
    this.#listener = new Listener({ pool: feed, channel, sender, notify })
    this.#end = end
  }

  identify(proposal: Identity): Promise<Identity> {
    return this.#calls.run(() => identify(this.#writing, proposal))
  }

  insert(session: Session, bound: Bound, signal?: AbortSignal): Promise<Insertion> {
    return this.#calls.run(() => insert(this.#writing, session, bound, signal), signal)
  }

  async find(sid: string, signal?: AbortSignal): Promise<Session | null> {
    return this.#one(await this.#read(this.#sql.find, [sid], signal))
  }

  async findPublic(subject: string, publicId: string, signal?: AbortSignal): Promise<Session | null> {
    return this.#one(await this.#read(this.#sql.findPublic, [subject, publicIdText(publicId)], signal))
  }

  advance(step: Step, signal?: AbortSignal): Promise<Session | null> {
    return this.#calls.run(() => this.#rotations.advance(step, signal), signal)
  }

  async list({ subject, liveAt, after, limit }: ListQuery, signal?: AbortSignal): Promise<readonly Session[]> {
    const rows = await this.#read(this.#sql.list, [subject, sidText(after), liveAt ?? null, limit], signal)
    return rows.map(sessionOf)
  }

  async revoke(sid: string, { at, reason }: Ending, signal?: AbortSignal): Promise<Session | null> {
    const { channel, sender } = this.#writing
    const ended = await this.#ask(this.#sql.revoke, [sid, at, reason, channel, sender], signal)
    if (ended.length === 0) await this.#ask(this.#sql.revokeAgain, [sid, channel, sender], signal)
    return this.#one(ended)
  }

  revokeAll(subject: string, ending: EndingAll, signal?: AbortSignal): Promise<readonly Session[]> {
    return this.#calls.run(() => revokeAll(this.#writing, subject, ending, signal), signal)
  }

  async sweep({ before, limit, after }: SweepQuery, signal?: AbortSignal): Promise<Swept> {
    const [row] = await this.#ask(this.#sql.sweep, [sidText(after), limit, before], signal)
    const removed = Number(row?.['removed'])
    if (Number(row?.['seen']) === limit) return { removed, next: sidOf(row?.['last']) }
    for (let forgotten = subjectsAtOnce; forgotten === subjectsAtOnce;) {
      const [subjects] = await this.#ask(this.#sql.sweepSubjects, [before, subjectsAtOnce], signal)
      forgotten = Number(subjects?.['removed'])
    }
    return { removed, next: null }
  }

  async revokedSince(at: number, limit: number, signal?: AbortSignal): Promise<readonly Revocation[]> {
    const since = Math.max(at, Number.MIN_SAFE_INTEGER)
    return (await this.#read(this.#sql.revokedSince, [since, limit], signal)).map(revocationOf)
  }

  watch(watcher: Watcher): () => void {
    return this.#closing === undefined ? this.#listener.watch(watcher) : () => undefined
  }

  async readKeys(signal?: AbortSignal): Promise<SealedKeys | null> {
    return sealedKeysOf((await this.#read(this.#sql.readKeys, [], signal))[0])
  }

  async writeKeys(text: string, replacing: number, signal?: AbortSignal): Promise<boolean> {
    const { channel, sender } = this.#writing
    return (await this.#ask(this.#sql.writeKeys, [text, replacing, channel, sender], signal)).length === 1
  }

  async mark({ key, add, at, expiresAt, replace }: Mark, signal?: AbortSignal): Promise<Marked> {
    const reads = add === 0 && !replace
    const rows = reads
      ? checkPrimary(await this.#ask(this.#sql.readMark, [key, at], signal))
      : await this.#ask(this.#sql.mark, [key, add, at, expiresAt, replace], signal)
    return markedOf(rows[0], expiresAt)
  }

  async unmark(key: string, signal?: AbortSignal): Promise<void> {
    await this.#ask(this.#sql.unmark, [key], signal)
  }

  async ping(signal?: AbortSignal): Promise<number> {
    const [row] = checkPrimary(await this.#ask(this.#sql.ping, [], signal))
    return Number(row?.['now'])
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const listener = this.#listener.close()
    await this.#calls.close()
    await listener
    await this.#end()
  }

  #ask(text: string, values: unknown[], signal?: AbortSignal): Promise<readonly Row[]> {
    const ask = (): Promise<readonly Row[]> =>
      withConnection(this.#writing.pool, signal, (query) => query(text, values))
    return this.#calls.run(() => retrying(ask), signal)
  }

  /** The rows that were found; whether this is the primary stands in the first, which is there also where none was. */
  async #read(text: string, values: unknown[], signal?: AbortSignal): Promise<readonly Row[]> {
    const rows = checkPrimary(await this.#ask(text, values, signal))
    return rows.filter((row) => (row['sid'] ?? row['version'] ?? null) !== null)
  }

  #one([row]: readonly Row[]): Session | null {
    return row === undefined ? null : sessionOf(row)
  }
}
