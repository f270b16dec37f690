// Keeps the trail readable and bounded (I7) where somebody can make the same thing happen as often as he likes: a stolen
// token sent a thousand times a second is one row at once, and one a minute later that says how often. Beyond so many
// different ones of an event within a minute, what comes is only counted: nothing is dropped unsaid, and a flood of made-up
// names, which costs nobody anything, hides no stolen token.

import type { AuditDraft, AuditEvent } from './record.ts'

/** Within this time, the same again is counted. */
export const repeatMs = 60_000
/** So many different ones of each event are told apart within that time. */
export const maxKinds = 1000
/** And so many tries from one network that nobody looked at: other names cost who sends them nothing. */
export const maxThrottledKinds = 20

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
  /** How many different ones there are of an event, or of what one network sends. */
  readonly #told = new Map<string, number>()

  /** The draft where it is to be written now; undefined where it is only counted. */
  admit(draft: AuditDraft): AuditDraft | undefined {
    if (!repeatable.has(draft.event)) return draft
    const known = this.#kinds.get(keyOf(draft))
    if (known !== undefined) return count(known, draft.at)
    const full = boundsOf(draft).find(({ name, max }) => this.#toldOf(name) >= max)
    if (full === undefined) {
      this.#kinds.set(keyOf(draft), begun(draft, 0))
      this.#tell(draft, 1)
      return draft
    }
    const others = `others ${full.name}`
    const counted = this.#kinds.get(others)
    if (counted !== undefined) return count(counted, draft.at)
    this.#kinds.set(others, begun({ ...full.of, at: draft.at, details: { others: true } }, 1))
    return undefined
  }

  /** What was counted and is now over, each as a draft with its number of `repeats`. All of it with `Infinity`. */
  due(now: number): AuditDraft[] {
    // A clock that was set back must not make a minute longer.
    const over = [...this.#kinds].filter(([, { until }]) => until <= now || until > now + repeatMs)
    for (const [key, { draft }] of over) {
      this.#kinds.delete(key)
      if (key === keyOf(draft)) this.#tell(draft, -1)
    }
    return over
      .filter(([, kind]) => kind.count > 0)
      .map(([, { draft, lastAt, count: repeats }]) => ({
        ...draft,
        at: lastAt,
        details: { ...draft.details, repeats },
      }))
  }

  #toldOf(name: string): number {
    return this.#told.get(name) ?? 0
  }

  #tell(draft: AuditDraft, change: 1 | -1): void {
    for (const { name } of boundsOf(draft)) {
      const told = this.#toldOf(name) + change
      if (told === 0) this.#told.delete(name)
      else this.#told.set(name, told)
    }
  }
}

interface Bound {
  readonly name: string
  readonly max: number
  /** What those beyond it have in common. */
  readonly of: Pick<AuditDraft, 'event' | 'place'>
}

const boundsOf = ({ event, place = '' }: AuditDraft): readonly Bound[] => [
  ...(event === 'throttled'
    ? [{ name: JSON.stringify([event, place]), max: maxThrottledKinds, of: { event, place } }]
    : []),
  { name: event, max: maxKinds, of: { event } },
]

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
