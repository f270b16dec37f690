// What honest owners are promised: a keyed one is never refused, an outage never looks like a refusal (I3), an
// acknowledged sign-in is there, and a node whose clock is wrong says 503 and nothing else.

import type { Evidence, Rule } from './checker.ts'
import type { Exchange, Fault } from './history.ts'
import { accessMs } from './limits.ts'

/** An access token's times are in whole seconds, so it may live a second less; and it must outlive the answer. */
const roundedMs = 1500

export const shown = ({
  route,
  node,
  status,
  reason,
  session,
  presented,
  got,
  sentAt,
  endedAt,
  who,
}: Exchange): string => {
  const [from, to] = [presented?.generation ?? '-', got?.generation ?? '-']
  const when = `${Math.round(sentAt)}–${Math.round(endedAt)} ms`
  return `${who} ${route} ${status ?? 'lost'} ${reason ?? ''} ${session} ${from}→${to} node ${node} at ${when}`
}

const isOutage = ({ status }: Exchange): boolean => status === null || status === 503
const isOk = ({ status }: Exchange): boolean => status === 200 || status === 204

/** Whether its owner had asked to be signed out before this was answered: then a refusal is right. */
const isLeaving = (one: Exchange, { sessions }: Evidence): boolean =>
  sessionOf(one, sessions).some(({ route, sentAt }) => route === 'logout' && sentAt <= one.endedAt)

const sessionOf = ({ session }: Exchange, sessions: Evidence['sessions']): readonly Exchange[] =>
  (session === null ? undefined : sessions.get(session)) ?? []

/** Every renewal of a keyed owner who has not left is answered with tokens, or is an outage. */
export const keyedOwnerRefused: Rule = (evidence) =>
  evidence.exchanges
    .filter(({ who, kind, route }) => who === 'owner' && kind === 'keyed' && route === 'renew')
    .filter((one) => !isOk(one) && !isOutage(one) && !isLeaving(one, evidence))
    .map(shown)

/** What is neither done nor 503 and not a right refusal: of sign-ins, sign-outs, access, and renewals of plain owners. */
export const looksLikeRefusal: Rule = (evidence) =>
  evidence.exchanges
    .filter(({ who }) => who === 'owner')
    .filter((one) => !isOk(one) && !isOutage(one) && !mayBeRefused(one, evidence))
    .map(shown)

function mayBeRefused(one: Exchange, evidence: Evidence): boolean {
  const { route, kind, status, accessSince, endedAt } = one
  if (route === 'login' || route === 'logout') return false
  if (isLeaving(one, evidence)) return status === (route === 'me' ? 401 : 403)
  // Of a plain session, a renewal may be refused; whether for a reason is asked by plainOwnerRefused.
  if (route === 'renew') return kind === 'plain' && status === 403
  const isOver = endedAt > (accessSince ?? 0) + accessMs - roundedMs
  return status === 401 && (isOver || (kind === 'plain' && wasDisputed(one, evidence)))
}

// Before this was answered, somebody else came with a token of the session, or its owner missed an answer.
const wasDisputed = (one: Exchange, { sessions }: Evidence): boolean =>
  sessionOf(one, sessions).some(
    (other) => other.sentAt <= one.endedAt && (other.who === 'thief' || (other.route === 'renew' && isOutage(other))),
  )

/** A plain owner with whom nobody shares, and who has missed no answer, is not refused. */
export const plainOwnerRefused: Rule = (evidence) =>
  evidence.exchanges
    .filter(
      ({ who, kind, route, status }) => who === 'owner' && kind === 'plain' && route === 'renew' && status === 403,
    )
    .filter((one) => !isLeaving(one, evidence) && !wasDisputed(one, evidence))
    .map(shown)

/** The first renewal after an acknowledged sign-in finds the session. */
export const signInLost: Rule = (evidence) =>
  [...evidence.sessions.values()].flatMap((session) => {
    const begun = session.find(({ route, got }) => route === 'login' && got !== null)
    const first = session.find(({ route, status }) => route === 'renew' && status !== null && status !== 503)
    if (begun === undefined || first === undefined || first.status !== 403 || first.who === 'thief') return []
    return isLeaving(first, evidence) || wasDisputed(first, evidence) ? [] : [shown(first)]
  })

const during = ({ fromAt, untilAt }: Fault, one: Exchange): boolean => one.sentAt >= fromAt && one.endedAt <= untilAt

/** Until its clock is right, a node says 503 to everybody. */
export const wrongClockAnswered: Rule = ({ exchanges, faults }) => {
  const wrong = faults.filter(({ clockWrong }) => clockWrong)
  return exchanges
    .filter((one) => !isOutage(one) && wrong.some((fault) => fault.node === one.node && during(fault, one)))
    .map(shown)
}
