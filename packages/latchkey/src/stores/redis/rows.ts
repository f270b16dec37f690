// The verbs on one session's row. Redis forgets a row by itself: about an hour after its life, a day after its end. The
// life is computed from the engine's instants and given to Redis as a span, so that no clock is compared with another (I6).

import { isAscii } from 'node:buffer'
import { expiresAt, type Session } from '../../core/session.ts'
import type { Ending, Step } from '../../core/store.ts'
import { Unconfirmed } from './confirmed-writes.ts'
import type { Keys } from './keys.ts'
import { bindingOf, packed, reasonCode, unpacked } from './row.ts'
import { inPieces } from './pieces.ts'
import type { Runner } from './runner.ts'
import { add, advance, deleteDead, end, read } from './scripts.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
/** How long a row stays behind its life: for lists, and for clocks that differ. */
export const marginMs: number = hour
/** How long an ended row stays at most. */
export const endedMs: number = day
/** For how long a tombstone keeps an insertion from landing; insertions older than a minute keep away by themselves. */
const tombstoneMs = 2 * minute
const longestMs = 100 * 365 * day

/** A span that Redis takes: whole, at least a minute, at most a century. */
export const span = (ms: number): string => String(Math.trunc(Math.min(longestMs, Math.max(minute, ms))))

/** What ending a session came to. */
export interface Ended {
  /** Whether this call ended it. */
  readonly byThis: boolean
  /** The row after it; null where there is none. */
  readonly row: Session | null
  /** Set where too few replicas have it. */
  readonly unconfirmed?: Unconfirmed
}

export class Rows {
  readonly #runner: Runner
  readonly #keys: Keys

  constructor(runner: Runner, keys: Keys) {
    this.#runner = runner
    this.#keys = keys
  }

  async find(sid: string, signal?: AbortSignal): Promise<Session | null> {
    return rowOf(sid, await this.#runner.run(read, this.#keys.session(sid), [], signal))
  }

  /** The rows under these sids, as far as there are any. */
  async findAll(sids: readonly string[], signal?: AbortSignal): Promise<Session[]> {
    const rows = await inPieces(sids, (sid) => this.find(sid, signal))
    return rows.filter((row) => row !== null)
  }

  /** Adds a row durably. `taken`: another row has this sid; `buried`: its subject was signed out everywhere meanwhile. */
  async add(session: Session, reservedAt: number, signal?: AbortSignal): Promise<'added' | 'taken' | 'buried'> {
    const life = span(expiresAt(session) - session.createdAt + marginMs)
    const parameters = [packed(session), life, String(reservedAt)]
    const answer = await this.#runner.runDurably(add, this.#keys.session(session.sid), parameters, signal)
    if (answer === 1) return 'added'
    return answer === 0 ? 'taken' : 'buried'
  }

  async advance(step: Step, signal?: AbortSignal): Promise<Session | null> {
    const { sid, from, to, at, idleExpiresAt, client, thumbprint } = step
    const bytes = bindingOf(client, thumbprint)
    // As text where it can be: a client writes texts together, and each Buffer by itself.
    const binding = isAscii(bytes) ? bytes.toString('latin1') : bytes
    const parameters = [String(from), String(to), String(at), String(idleExpiresAt), binding, String(marginMs)]
    return rowOf(sid, await this.#runner.run(advance, this.#keys.session(sid), parameters, signal))
  }

  /** Ends a row durably; where there is none, `bury` leaves a tombstone that keeps an insertion under way from landing. */
  async end(sid: string, { at, reason }: Ending, bury: boolean, signal?: AbortSignal): Promise<Ended> {
    const parameters = [String(at), String(reasonCode(reason)), String(endedMs), String(bury ? tombstoneMs : 0)]
    try {
      return endedOf(sid, await this.#runner.runDurably(end, this.#keys.session(sid), parameters, signal))
    } catch (error) {
      if (error instanceof Unconfirmed) return { ...endedOf(sid, error.answer), unconfirmed: error }
      throw error
    }
  }

  /** Deletes a row that ended before an instant; the row that is gone, or null. */
  async deleteDead(sid: string, before: number, signal?: AbortSignal): Promise<Session | null> {
    return rowOf(sid, await this.#runner.run(deleteDead, this.#keys.session(sid), [String(before)], signal))
  }
}

const rowOf = (sid: string, value: unknown): Session | null => (Buffer.isBuffer(value) ? unpacked(sid, value) : null)

function endedOf(sid: string, answer: unknown): Ended {
  const [byThis, row] = answer as [number, Buffer?]
  return { byThis: byThis === 1, row: rowOf(sid, row) }
}
