// The ends of sessions: the row first, since it decides; then feed and index, which follow. A crash between them is mended
// by the repeat: it ends nothing, but puts feed and index right. The first end stays (I10).

import type { Session } from '../../core/session.ts'
import type { Ending, EndingAll } from '../../core/store.ts'
import type { Feed } from './feed.ts'
import { inPieces } from './pieces.ts'
import type { Rows } from './rows.ts'
import type { SubjectIndex } from './subject-index.ts'

export class Endings {
  readonly #rows: Rows
  readonly #index: SubjectIndex
  readonly #feed: Feed

  constructor(rows: Rows, index: SubjectIndex, feed: Feed) {
    this.#rows = rows
    this.#index = index
    this.#feed = feed
  }

  /** Ends one session; the row after it, or null where this call did not end it. */
  async end(sid: string, ending: Ending, signal?: AbortSignal): Promise<Session | null> {
    const [row] = await this.#endEach([sid], ending, false, signal)
    return row ?? null
  }

  /**
   * Ends all of a subject's sessions, or all but one; those that this call ended. The not-before comes first, the index
   * is read after it: a session inserted meanwhile is in one of the two.
   */
  async endAll(subject: string, { exceptSid, ...ending }: EndingAll, signal?: AbortSignal): Promise<Session[]> {
    const everybody = exceptSid === undefined
    if (everybody) await this.#index.setNotBefore(subject, ending.at, signal)
    // The newest first: whoever has ended very many today must not keep his last ones out of reach.
    const sids = (await this.#index.members(subject, signal)).filter((sid) => sid !== exceptSid).toReversed()
    const rows = await this.#endEach(sids, ending, true, signal)
    if (everybody) await this.#index.confirmNotBefore(subject, ending.at, signal)
    return rows
  }

  // Whatever was ended is told, also where another failed or replicas are missing; only then does the call fail.
  async #endEach(sids: readonly string[], ending: Ending, bury: boolean, signal?: AbortSignal): Promise<Session[]> {
    const outcomes = await inPieces(sids, async (sid) => {
      const [outcome] = await Promise.allSettled([this.#rows.end(sid, ending, bury, signal)])
      return outcome
    })
    const ended = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const rows = ended.flatMap(({ row }) => (row === null ? [] : [row]))
    await Promise.all([this.#feed.announce(rows, signal), inPieces(rows, (row) => this.#index.mark(row, signal))])
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    for (const { unconfirmed } of ended) if (unconfirmed !== undefined) throw unconfirmed
    return ended.flatMap(({ byThis, row }) => (byThis && row !== null ? [row] : []))
  }
}
