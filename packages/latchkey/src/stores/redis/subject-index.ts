// A subject's sessions, by sid: what lists, bounds and signing out everywhere go by. The row is the truth; the index may
// hold too much (rows that expired), and after a failover too little, until the rotation of such a session puts it back.

import type { Session } from '../../core/session.ts'
import { drop, mark, members, reserve, restore, setNotBefore } from './index-scripts.ts'
import type { Keys } from './keys.ts'
import { endedMs, marginMs, span } from './rows.ts'
import type { Runner } from './runner.ts'

const minute = 60_000
/** For how long a sign-out-everywhere keeps those out who authenticated before it. */
const notBeforeMs = 48 * 60 * minute

export type Reservation =
  /** Reserved, at this instant of Redis' clock. */
  | { readonly is: 'reserved'; readonly at: number }
  /** The bound is reached: these count as live. */
  | { readonly is: 'full'; readonly sids: readonly string[] }
  | { readonly is: 'revoked' }
  | { readonly is: 'taken' }

export class SubjectIndex {
  readonly #runner: Runner
  readonly #keys: Keys

  constructor(runner: Runner, keys: Keys) {
    this.#runner = runner
    this.#keys = keys
  }

  /** Holds a place among `max`; `dead` are sids whose rows were found dead. */
  async reserve(session: Session, max: number, dead: readonly string[], signal?: AbortSignal): Promise<Reservation> {
    const { sid, subject, createdAt: at, authTime, absoluteExpiresAt } = session
    const place = [bytesOf(sid), String(secondsUp(absoluteExpiresAt)), span(absoluteExpiresAt - at + marginMs)]
    const forget = [seconds(at - marginMs - minute), at - notBeforeMs].map(String)
    const parameters = [String(seconds(at)), String(authTime), String(max), ...place, ...forget, ...dead.map(bytesOf)]
    const answer = await this.#runner.run(reserve, this.#keys.subject(subject), parameters, signal)
    if (typeof answer === 'number') return { is: 'reserved', at: answer }
    if (Array.isArray(answer)) return { is: 'full', sids: sidsOf(answer) }
    return { is: String(answer) === 'revoked' ? 'revoked' : 'taken' }
  }

  /** Notes the ends of a subject's sessions, or notes them again. */
  async mark(ended: Session, signal?: AbortSignal): Promise<void> {
    const goneAt = secondsUp((ended.revokedAt ?? 0) + endedMs)
    const parameters = [bytesOf(ended.sid), String(-goneAt), span(endedMs)]
    await this.#runner.run(mark, this.#keys.subject(ended.subject), parameters, signal)
  }

  async drop(subject: string, sid: string, signal?: AbortSignal): Promise<void> {
    await this.#runner.run(drop, this.#keys.subject(subject), [bytesOf(sid)], signal)
  }

  /** From now on a session whose user authenticated at or before the instant is refused. */
  async setNotBefore(subject: string, at: number, signal?: AbortSignal): Promise<void> {
    await this.#runner.run(setNotBefore, this.#keys.subject(subject), [String(at), span(notBeforeMs)], signal)
  }

  /** The same once more, and waits for replicas where the store does: after the sessions have ended, whatever they say. */
  async confirmNotBefore(subject: string, at: number, signal?: AbortSignal): Promise<void> {
    if (!this.#runner.confirms) return
    await this.#runner.runDurably(setNotBefore, this.#keys.subject(subject), [String(at), span(notBeforeMs)], signal)
  }

  /** Puts a live session back that may have been lost; the subject's not-before, or null. */
  async restore({ sid, subject, rotatedAt, absoluteExpiresAt }: Session): Promise<number | null> {
    const life = span(absoluteExpiresAt - rotatedAt + marginMs)
    const parameters = [bytesOf(sid), String(secondsUp(absoluteExpiresAt)), life]
    const answer = await this.#runner.run(restore, this.#keys.subject(subject), parameters)
    return Buffer.isBuffer(answer) ? Number(answer) : null
  }

  /** All sids of a subject, live or not, ascending. */
  async members(subject: string, signal?: AbortSignal): Promise<string[]> {
    return sidsOf((await this.#runner.run(members, this.#keys.subject(subject), [], signal)) as unknown[])
  }
}

const bytesOf = (sid: string): Buffer => Buffer.from(sid, 'hex')
const sidsOf = (members: readonly unknown[]): string[] =>
  members.map((member) => (member as Buffer).toString('hex')).sort()

// An entry may count a second too long, never too short: the row decides.
const seconds = (ms: number): number => Math.floor(ms / 1000)
const secondsUp = (ms: number): number => Math.ceil(ms / 1000)
