// Keeps the trail readable and bounded (I7) where somebody can make the same thing happen as often as he likes: a stolen
// token sent a thousand times a second is one row at once, and one a minute later that says how often. Beyond so many
// different ones within a minute, what comes is only counted, by event: nothing is dropped unsaid.

import type { AuditDraft, AuditEvent } from './record.ts'

/** Within this time, the same again is counted. */
export const repeatMs = 60_000
/** So many different ones are told apart within that time. */
export const maxKinds = 1000

/** What anybody can repeat at will, or a failover repeats for every session. */
const repeatable: ReadonlySet<AuditEvent> = new Set([
  'sign_in_refused',
  'throttled',
  'again',
  'healed',
  'store_regressed',
  'unproved',
  'replayed',
] as const)

interface Kind {
  readonly draft: AuditDraft
  readonly until: number
  lastAt: number
  count: number
}

export class Repeats {
  readonly #kinds = new Map<string, Kind>()

  /** The draft where it is to be written now; undefined where it is only counted. */
  admit(draft: AuditDraft): AuditDraft | undefined {
    if (!repeatable.has(draft.event)) return draft
    const known = this.#kinds.get(keyOf(draft))
    if (known !== undefined) return count(known, draft.at)
    if (this.#kinds.size < maxKinds) {
      this.#kinds.set(keyOf(draft), begun(draft, 0))
      return draft
    }
    const others = `others ${draft.event}`
    const counted = this.#kinds.get(others)
    if (counted !== undefined) return count(counted, draft.at)
    const { at, event } = draft
    this.#kinds.set(others, begun({ at, event, details: { others: true } }, 1))
    return undefined
  }

  /** What was counted and is now over, each as a draft with its number of `repeats`. All of it with `Infinity`. */
  due(now: number): AuditDraft[] {
    const over = [...this.#kinds].filter(([, { until }]) => until <= now)
    for (const [key] of over) this.#kinds.delete(key)
    return over
      .filter(([, kind]) => kind.count > 0)
      .map(([, { draft, lastAt, count: repeats }]) => ({
        ...draft,
        at: lastAt,
        details: { ...draft.details, repeats },
      }))
  }
}

const begun = (draft: AuditDraft, times: number): Kind => ({
  draft,
  until: draft.at + repeatMs,
  lastAt: draft.at,
  count: times,
})

function count(kind: Kind, at: number): undefined {
  kind.count += 1
  kind.lastAt = Math.max(kind.lastAt, at)
}

// The depth of what comes again may grow each time, and would make each a kind of its own.
const keyOf = ({ event, subject, session, account, label, place }: AuditDraft): string =>
  JSON.stringify([event, subject, session, account, label, place])
