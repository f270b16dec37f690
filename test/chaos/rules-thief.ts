// What nobody may get: a second token of one generation, a second successor of one token (I2), anything at all for the
// thief of a keyed session's token, and for the thief of a plain one nothing beyond the leeway.

import type { Evidence, Rule } from './checker.ts'
import type { Exchange, Fault } from './history.ts'
import { leewayMs } from './limits.ts'
import { shown } from './rules-honest.ts'

const renewals = ({ exchanges }: Evidence): readonly Exchange[] =>
  exchanges.filter(({ route, status }) => route === 'renew' && status === 200)

// The values that disagree with the first one seen under the same name.
function disagreeing(
  exchanges: readonly Exchange[],
  nameOf: (one: Exchange) => string,
  of: (one: Exchange) => unknown,
): string[] {
  const first = new Map<string, unknown>()
  return exchanges
    .filter((one) => {
      const name = nameOf(one)
      if (!first.has(name)) first.set(name, of(one))
      return first.get(name) !== of(one)
    })
    .map(shown)
}

/** One generation of one session is one token, whoever gets it, whenever, from whichever node. */
export const forkedGeneration: Rule = ({ exchanges }) =>
  disagreeing(
    exchanges.filter(({ got }) => got !== null),
    ({ got }) => `${got?.session} ${got?.generation}`,
    ({ got }) => got?.hash,
  )

/** A token of a plain session has one successor; a renewal of any session leads forward, and stays in its session. */
export const secondSuccessor: Rule = (evidence) => [
  ...disagreeing(
    renewals(evidence).filter(({ kind }) => kind === 'plain'),
    ({ presented }) => String(presented?.hash),
    ({ got }) => got?.hash,
  ),
  ...renewals(evidence)
    .filter(
      ({ presented, got }) =>
        (got?.generation ?? 0) <= (presented?.generation ?? 0) || got?.session !== presented?.session,
    )
    .map(shown),
]

/** Without the session key, a keyed session gives nothing. */
export const thiefGotKeyed: Rule = (evidence) =>
  renewals(evidence)
    .filter(({ who, kind }) => who === 'thief' && kind === 'keyed')
    .map(shown)

/**
 * Two holders of a plain session cannot both go on: who comes with a token that the other has used before, outside the
 * leeway, gets nothing; and when the run ends, a session that a thief had a share in has ended for both.
 */
export const thiefRidesOn: Rule = (evidence) => [...usedLate(evidence), ...goesOnAtTheEnd(evidence)]

function usedLate(evidence: Evidence): string[] {
  const used = Map.groupBy(
    renewals(evidence).filter(({ kind }) => kind === 'plain'),
    ({ presented }) => String(presented?.hash),
  )
  return [...used.values()].flatMap((successes) => {
    const firstAt = Math.min(...successes.map(({ endedAt }) => endedAt))
    return successes
      .filter(({ sentAt }) => sentAt > firstAt + leewayMs && !forgotten(evidence.faults, firstAt, sentAt))
      .map(shown)
  })
}

// A store that lost the rotation cannot know that the token was used: it is the newest there, for both holders.
const forgotten = (faults: readonly Fault[], rotatedAt: number, sentAt: number): boolean =>
  faults.some(
    ({ losesSinceAt, fromAt, untilAt }) =>
      losesSinceAt !== null && losesSinceAt <= rotatedAt && rotatedAt <= untilAt && fromAt <= sentAt,
  )

function goesOnAtTheEnd({ sessions }: Evidence): string[] {
  return [...sessions.values()].flatMap((session) => {
    const decided = session.filter(({ route, status }) => route === 'renew' && status !== null && status !== 503)
    const isShared = decided.some(({ who, kind, status }) => who === 'thief' && kind === 'plain' && status === 200)
    if (!isShared) return []
    // Whoever came last was refused, and before him, endedAndBack sees to it that nobody was let in again.
    const last = decided.at(-1)
    return last === undefined || last.status === 403 ? [] : [shown(last)]
  })
}
