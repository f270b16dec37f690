// What an end means (I10): from the acknowledgement of a sign-out, no renewal at any node; no access at the node that was
// told, and none at another once it can have heard; and no way back from a refusal that ended a session.

import type { Evidence, Rule } from './checker.ts'
import type { Exchange, Fault } from './history.ts'
import { feedMendsMs, feedMs } from './limits.ts'
import { shown } from './rules-honest.ts'

const signOutOf = (session: readonly Exchange[]): Exchange | undefined =>
  session
    .filter(({ route, status }) => route === 'logout' && status === 204)
    .sort((one, other) => one.endedAt - other.endedAt)[0]

// What was sent after the end of another exchange, and worked.
const worked = (session: readonly Exchange[], route: Exchange['route'], after: Exchange): Exchange[] =>
  session.filter((one) => one.route === route && one.status === 200 && one.sentAt >= after.endedAt)

/** No renewal that is sent after an acknowledged sign-out succeeds, not by a millisecond. */
export const renewedAfterSignOut: Rule = ({ sessions }) =>
  [...sessions.values()].flatMap((session) => {
    const out = signOutOf(session)
    return out === undefined ? [] : worked(session, 'renew', out).map(shown)
  })

/** No access token works after the sign-out: at once where that was said, at other nodes as soon as they can have heard. */
export const accessAfterSignOut: Rule = (evidence) =>
  afterSignOut(evidence).flatMap(({ one, out }) => (mayNotHaveHeard(one, out, evidence.faults) ? [] : [shown(one)]))

const afterSignOut = ({ sessions }: Evidence): { one: Exchange; out: Exchange }[] =>
  [...sessions.values()].flatMap((session) => {
    const out = signOutOf(session)
    return out === undefined ? [] : worked(session, 'me', out).map((one) => ({ one, out }))
  })

function mayNotHaveHeard(one: Exchange, out: Exchange, faults: readonly Fault[]): boolean {
  if (one.node === out.node) return false
  if (one.sentAt < out.endedAt + feedMs) return true
  // While a node is cut off, it goes by what it has heard, and its tokens die of age.
  return faults.some(
    ({ node, fromAt, untilAt }) =>
      (node === null || node === one.node) &&
      fromAt <= one.sentAt &&
      untilAt + feedMendsMs >= out.endedAt &&
      untilAt + feedMendsMs >= one.sentAt,
  )
}

/** Once a holder was told that the session has ended by reuse, nobody renews it. */
export const endedAndBack: Rule = ({ sessions }) =>
  [...sessions.values()].flatMap((session) => {
    const reuse = session.filter(({ reason }) => reason === 'reuse')
    const first = reuse.sort((one, other) => one.endedAt - other.endedAt)[0]
    return first === undefined ? [] : worked(session, 'renew', first).map(shown)
  })
