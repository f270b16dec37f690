// What the page says about a refusal or an outage: one plain sentence for each, in one place.
import type { Answer } from './exchange.ts'
import { isOutage, reasonOf } from './session.ts'

const REFUSALS: Readonly<Record<string, string>> = {
  missing: 'The request carried no token.',
  malformed: 'That is not the shape of a token.',
  invalid: 'The token is not valid.',
  expired: 'The token has run out.',
  ended: 'The session has ended.',
  reuse: 'The server saw a token twice. That is the theft alarm, and it ends the session.',
  unproved: 'The proof of the session key is missing or wrong.',
  nonce: 'The nonce in the proof was too old.',
  locked: 'Too many attempts.',
}

const CAUSES: Readonly<Record<string, string>> = {
  reuse: 'the server saw a token twice',
  expired: 'its lifetime is over',
  revoked: 'you ended it from the list',
  invalid: 'the server does not know its token',
  ended: 'it was ended elsewhere',
}

/** Says what a refusal or an outage means. */
export function explain(answer: Answer): string {
  const { status } = answer
  const wait = answer.retryAfterSeconds === undefined ? 'later' : `in ${seconds(answer.retryAfterSeconds)}`
  if (status === 0) return 'The server could not be reached.'
  if (isOutage(answer)) return `The server cannot answer now (${status}). Try again ${wait}.`
  if (status === 429) return `Too many attempts (429). Try again ${wait}.`
  return REFUSALS[reasonOf(answer)] ?? `The server refused the request (${status}).`
}

/** Says why a session ended, to follow the words "session ended:". */
export function causeSentence(cause: string): string {
  return CAUSES[cause] ?? 'the server refuses its token'
}

/** A duration in words, rounded up to whole seconds. */
export function seconds(value: number): string {
  const whole = Math.ceil(value)
  if (whole < 90) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  const rest = whole % 60
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`
}
