// A store of one's own, as small as one can be, with the suite that every store must pass: `node examples/own-store.ts`.
// Rows are values in a Map. Each verb is one synchronous act, and therefore atomic; a real store makes it one statement
// or one transaction. A store decides nothing: it compares, writes and answers with rows.

import { test } from 'node:test'
import type { Bound, Ending, EndingAll, Identity, Insertion, ListQuery, Mark, Marked, Revocation } from 'latchkey'
import type { SealedKeys, Session, Step, Store, Swept, SweepQuery, Watcher } from 'latchkey'
import { storeContract } from 'latchkey/testing'

const ends = (row: Session): number => Math.min(row.idleExpiresAt, row.absoluteExpiresAt)
const isLive = (row: Session, at: number): boolean => row.revokedAt === null && at < ends(row)
const bySid = (one: Session, other: Session): number => (one.sid < other.sid ? -1 : 1)

class OwnStore implements Store {
  // Copies go in and copies come out, so that nobody changes a row by changing what he holds.
  readonly #rows = new Map<string, Session>()
  readonly #notBefore = new Map<string, number>()
  readonly #marks = new Map<string, Marked>()
  #identity: Identity | undefined
  #sealed: SealedKeys | null = null

  async identify({ environment, keys }: Identity): Promise<Identity> {
    const known = this.#identity
    this.#identity = {
      environment: known?.environment ?? environment,
      keys: new Map([...keys, ...(known?.keys ?? [])]),
    }
    return this.#identity
  }

  async insert(session: Session, { max, evict }: Bound, signal?: AbortSignal): Promise<Insertion> {
    signal?.throwIfAborted()
    const { sid, subject, createdAt: at } = session
    if (this.#rows.has(sid)) throw new Error('this sid exists')
    if (session.authTime <= (this.#notBefore.get(subject) ?? -1)) return { inserted: false, because: 'revoked' }
    const live = this.#sorted((row) => row.subject === subject && isLive(row, at))
    const excess = live.slice(0, Math.max(0, live.length + 1 - max))
    if (excess.length > 0 && !evict) return { inserted: false, because: 'full' }
    const evicted = excess.flatMap((row) => this.#end(row, { at, reason: 'evicted' }))
    this.#keep(session)
    return { inserted: true, evicted }
  }

  async find(sid: string, signal?: AbortSignal): Promise<Session | null> {
    signal?.throwIfAborted()
    return structuredClone(this.#rows.get(sid) ?? null)
  }

  async findPublic(subject: string, publicId: string, signal?: AbortSignal): Promise<Session | null> {
    signal?.throwIfAborted()
    return this.#sorted((row) => row.subject === subject && row.publicId === publicId)[0] ?? null
  }

  async advance(step: Step, signal?: AbortSignal): Promise<Session | null> {
    signal?.throwIfAborted()
    const { sid, from, to: generation, at, idleExpiresAt, client, thumbprint } = step
    const row = this.#rows.get(sid)
    const fits = row?.generation === from && row.client === client && row.thumbprint === thumbprint
    return row !== undefined && fits && isLive(row, at)
      ? this.#keep({ ...row, generation, rotatedAt: at, idleExpiresAt })
      : null
  }

  async list({ subject, liveAt, after = '', limit }: ListQuery, signal?: AbortSignal): Promise<Session[]> {
    signal?.throwIfAborted()
    const asked = (row: Session): boolean =>
      row.sid > after && row.subject === subject && (liveAt === undefined || isLive(row, liveAt))
    return this.#sorted(asked).slice(0, limit)
  }

  async revoke(sid: string, ending: Ending, signal?: AbortSignal): Promise<Session | null> {
    signal?.throwIfAborted()
    return this.#end(this.#rows.get(sid), ending)[0] ?? null
  }

  async revokeAll(subject: string, ending: EndingAll, signal?: AbortSignal): Promise<Session[]> {
    signal?.throwIfAborted()
    const { at, exceptSid } = ending
    if (exceptSid === undefined) this.#notBefore.set(subject, Math.max(at, this.#notBefore.get(subject) ?? 0))
    return this.#sorted((row) => row.subject === subject && row.sid !== exceptSid).flatMap((row) =>
      this.#end(row, ending),
    )
  }

  async sweep({ before, limit, after = '' }: SweepQuery, signal?: AbortSignal): Promise<Swept> {
    signal?.throwIfAborted()
    const seen = this.#sorted((row) => row.sid > after).slice(0, limit)
    const dead = seen.filter((row) => Math.min(row.revokedAt ?? Infinity, ends(row)) < before)
    for (const { sid } of dead) this.#rows.delete(sid)
    for (const [subject, at] of this.#notBefore) if (at < before) this.#notBefore.delete(subject)
    return { removed: dead.length, next: seen.length < limit ? null : (seen.at(-1)?.sid ?? null) }
  }

  async revokedSince(at: number, limit: number, signal?: AbortSignal): Promise<Revocation[]> {
    signal?.throwIfAborted()
    return this.#sorted(() => true)
      .flatMap(({ publicId, revokedAt }) => (revokedAt !== null && revokedAt > at ? [{ publicId, revokedAt }] : []))
      .sort((one, other) => other.revokedAt - one.revokedAt)
      .slice(0, limit)
  }

  // Nobody else can write to a process's own memory. A store that others write to tells the watcher soon after.
  watch(_watcher: Watcher): () => void {
    return () => undefined
  }

  async readKeys(signal?: AbortSignal): Promise<SealedKeys | null> {
    signal?.throwIfAborted()
    return this.#sealed
  }

  async writeKeys(text: string, replacing: number, signal?: AbortSignal): Promise<boolean> {
    signal?.throwIfAborted()
    if ((this.#sealed?.version ?? 0) !== replacing) return false
    this.#sealed = { version: replacing + 1, text }
    return true
  }

  async mark({ key, add, at, expiresAt, replace }: Mark, signal?: AbortSignal): Promise<Marked> {
    signal?.throwIfAborted()
    const found = this.#marks.get(key)
    const alive = found !== undefined && found.expiresAt > at && !replace ? found : { count: 0, expiresAt }
    if (add === 0 && !replace) return alive
    const marked = { count: Math.max(0, alive.count + add), expiresAt: alive.expiresAt }
    for (const [other, mark] of this.#marks) if (mark.expiresAt <= at) this.#marks.delete(other)
    this.#marks.set(key, marked)
    return marked
  }

  async unmark(key: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.#marks.delete(key)
  }

  // This process's memory has no clock of its own.
  async ping(signal?: AbortSignal): Promise<null> {
    signal?.throwIfAborted()
    return null
  }

  async close(): Promise<void> {
    this.#rows.clear()
  }

  #sorted(wanted: (row: Session) => boolean): Session[] {
    return [...this.#rows.values()]
      .filter(wanted)
      .sort(bySid)
      .map((row) => structuredClone(row))
  }

  // The row as it ended, or none where there is none or it has ended already: an end keeps its first instant and reason.
  #end(row: Session | undefined, { at, reason }: Ending): Session[] {
    return row === undefined || row.revokedAt !== null
      ? []
      : [this.#keep({ ...row, revokedAt: at, revokedReason: reason })]
  }

  #keep(row: Session): Session {
    this.#rows.set(row.sid, structuredClone(row))
    return structuredClone(row)
  }
}

/** `createLatchkey({ store: ownStore(), … })` */
export const ownStore = (): Store => new OwnStore()

// Any runner will do: this one is Node's own. One store stands here twice, because nobody else can open this memory.
storeContract({
  test: (name, run) => void test(name, run),
  open() {
    const store = ownStore()
    return { openings: [store, store] }
  },
})
