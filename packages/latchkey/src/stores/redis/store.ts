// The verbs of the store over their parts, and what keeps the whole in hand: what was accepted is finished before the
// store closes, and what a rotation finds wanting in the index is put right without keeping the rotation waiting.

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
import type { ConfirmedWrites } from './confirmed-writes.ts'
import type { Driver } from './driver.ts'
import { Endings } from './endings.ts'
import { Feed } from './feed.ts'
import { identify, readKeys, writeKeys } from './identity.ts'
import { InFlight } from './in-flight.ts'
import { insert } from './insertion.ts'
import type { Keys } from './keys.ts'
import { Listening } from './listening.ts'
import { list } from './lists.ts'
import { countMark, forgetMark } from './marks.ts'
import { Mending } from './mending.ts'
import { Rows } from './rows.ts'
import { Runner } from './runner.ts'
import { clock } from './scripts.ts'
import { SubjectIndex } from './subject-index.ts'
import { sweep } from './sweep.ts'

export class RedisStore implements Store {
  readonly #driver: Driver
  readonly #confirmed: ConfirmedWrites | null
  readonly #keys: Keys
  readonly #runner: Runner
  readonly #rows: Rows
  readonly #index: SubjectIndex
  readonly #feed: Feed
  readonly #endings: Endings
  readonly #listening: Listening
  readonly #mending: Mending
  readonly #inFlight = new InFlight()

  constructor(driver: Driver, keys: Keys, confirmed: ConfirmedWrites | null) {
    this.#driver = driver
    this.#keys = keys
    this.#confirmed = confirmed
    this.#runner = new Runner(driver, confirmed)
    this.#rows = new Rows(this.#runner, keys)
    this.#index = new SubjectIndex(this.#runner, keys)
    this.#feed = new Feed(this.#runner, keys)
    this.#endings = new Endings(this.#rows, this.#index, this.#feed)
    this.#mending = new Mending(this.#index, this.#endings)
    this.#listening = new Listening(driver, keys.channel)
  }

  identify(proposal: Identity): Promise<Identity> {
    return this.#inFlight.run(() => identify(this.#runner, this.#keys, proposal))
  }

  insert(session: Session, bound: Bound, signal?: AbortSignal): Promise<Insertion> {
    const parts = { rows: this.#rows, index: this.#index, endings: this.#endings }
    return this.#inFlight.run(() => insert(parts, session, bound, signal))
  }

  find(sid: string, signal?: AbortSignal): Promise<Session | null> {
    return this.#inFlight.run(() => this.#rows.find(sid, signal))
  }

  findPublic(subject: string, publicId: string, signal?: AbortSignal): Promise<Session | null> {
    return this.#inFlight.run(async () => {
      const rows = await this.#rows.findAll(await this.#index.members(subject, signal), signal)
      return rows.find((row) => row.publicId === publicId) ?? null
    })
  }

  advance(step: Step, signal?: AbortSignal): Promise<Session | null> {
    return this.#inFlight.run(async () => {
      const row = await this.#rows.advance(step, signal)
      if (row !== null) this.#mending.look(row, (work) => this.#inFlight.run(work))
      return row
    })
  }

  list(query: ListQuery, signal?: AbortSignal): Promise<readonly Session[]> {
    return this.#inFlight.run(() => list(this.#rows, this.#index, query, signal))
  }

  revoke(sid: string, ending: Ending, signal?: AbortSignal): Promise<Session | null> {
    return this.#inFlight.run(() => this.#endings.end(sid, ending, signal))
  }

  revokeAll(subject: string, ending: EndingAll, signal?: AbortSignal): Promise<readonly Session[]> {
    return this.#inFlight.run(() => this.#endings.endAll(subject, ending, signal))
  }

  sweep(query: SweepQuery, signal?: AbortSignal): Promise<Swept> {
    const parts = { driver: this.#driver, keys: this.#keys, rows: this.#rows, index: this.#index }
    return this.#inFlight.run(() => sweep(parts, query, signal))
  }

  revokedSince(at: number, limit: number, signal?: AbortSignal): Promise<readonly Revocation[]> {
    return this.#inFlight.run(() => this.#feed.revokedSince(at, limit, signal))
  }

  watch(watcher: Watcher): () => void {
    return this.#inFlight.closed ? () => undefined : this.#listening.watch(watcher)
  }

  readKeys(signal?: AbortSignal): Promise<SealedKeys | null> {
    return this.#inFlight.run(() => readKeys(this.#runner, this.#keys, signal))
  }

  writeKeys(text: string, replacing: number, signal?: AbortSignal): Promise<boolean> {
    return this.#inFlight.run(() => writeKeys(this.#runner, this.#keys, text, replacing, signal))
  }

  mark(mark: Mark, signal?: AbortSignal): Promise<Marked> {
    return this.#inFlight.run(() => countMark(this.#runner, this.#keys, mark, signal))
  }

  unmark(key: string, signal?: AbortSignal): Promise<void> {
    return this.#inFlight.run(() => forgetMark(this.#runner, this.#keys, key, signal))
  }

  ping(signal?: AbortSignal): Promise<number> {
    return this.#inFlight.run(async () => {
      const [seconds, microseconds] = (await this.#runner.run(clock, this.#keys.identity, [], signal)) as Buffer[]
      return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000)
    })
  }

  async close(): Promise<void> {
    this.#listening.close()
    if (!(await this.#inFlight.close())) return
    await this.#confirmed?.close()
    await this.#driver.close()
  }
}
