// docs/client.md: the codes, events and reasons of `latchkey/client`, names and sentences from the sources, and what to do
// about them from here.

import { readFileSync } from 'node:fs'
import { clientErrorCodes, type ClientErrorCode, type ClientEventName, type EndedReason } from 'latchkey/client'
import { membersOf } from './members.ts'
import { coded, table, wordsFor } from './table.ts'

const here = 'scripts/docs/client.ts'
const stateFile = 'packages/latchkey/src/client/state.ts'
const errorsFile = 'packages/latchkey/src/client/errors.ts'

const codeAdvice: Readonly<Record<ClientErrorCode, string>> = {
  RefreshRejected: 'Let the user sign in; `reason` says why he has to. The event `ended` has told it once already.',
  RefreshUnavailable:
    'Say that the server cannot be reached, and try later: `retryAfterSeconds`, where it is there. Keep the page as it is.',
  Offline: 'Say so, and wait: the client tries by itself when the device is online.',
  Timeout: 'The same as `RefreshUnavailable`.',
  BodyNotReplayable:
    'Send the request again with a new body, or give the body as a function; `response` is the refusal.',
  SignInRefused:
    'Show it beside the form. `reason` is `invalid` for wrong credentials, `locked` for too many tries or sessions, `malformed` for an empty field, `origin` where `publicUrl` and `origins` of the server do not name this page.',
  SignedOut: 'Let the user sign in.',
  Disposed: 'Mend the program: it uses a client that it has thrown away.',
}

const eventWords: Readonly<Record<ClientEventName, string>> = {
  change: 'Draw the page anew.',
  refreshed: 'Nothing; for figures and for those who hand tokens on.',
  ended: 'Show the sign-in, and say why.',
}

const reasonWords: Readonly<Record<EndedReason, string>> = {
  signed_out: 'The user has signed out, in this tab or another one.',
  expired: 'It was not used for too long, or its whole life is over.',
  revoked: 'The server has ended it: from another device, by an administrator, or by the application.',
  reuse_detected: 'An old token of a plain session came back: two hold it, and one may be a thief.',
  replaced: 'Somebody has signed in anew in this browser.',
  lost: 'What proves the session is gone from this device: the browser has dropped its key or its cookie.',
}

const reasonAdvice: Readonly<Record<EndedReason, string>> = {
  signed_out: 'Nothing; he knows.',
  expired: 'That it was a long time.',
  revoked: 'That he was signed out from elsewhere.',
  reuse_detected: 'That, plainly, and how to change the password.',
  replaced: 'Who is signed in now.',
  lost: 'That this browser has forgotten him.',
}

/** Every code with its meaning and what to do about it. */
export function clientErrorsTable(): string {
  const codes = Object.keys(clientErrorCodes) as ClientErrorCode[]
  const adviceFor = wordsFor(here, codes, codeAdvice)
  return table(
    ['Code', 'It means', 'What to do'],
    codes.map((code) => [coded(code), clientErrorCodes[code], adviceFor(code)]),
  )
}

/** Every event with what it carries. */
export function clientEventsTable(): string {
  const members = membersOf(stateFile, 'ClientEvents')
  const names = members.map(({ name }) => name as ClientEventName)
  const adviceFor = wordsFor(here, names, eventWords)
  const rows = members.map(({ name, type, says }) => [
    coded(name),
    says,
    payloadOf(type),
    adviceFor(name as ClientEventName),
  ])
  return table(['Event', 'When', 'Tells', 'What to do'], rows)
}

const payloadOf = (type: string): string =>
  type === 'State'
    ? 'the new `state`'
    : [...type.matchAll(/readonly (\w+)\??:/g)].map(([, name = '']) => coded(name)).join(', ')

/** Every reason for which a session ends, as `ended` and `RefreshRejected` tell it. */
export function clientEndedReasonsTable(): string {
  const reasons = endedReasons()
  const [wordsOf, adviceFor] = [wordsFor(here, reasons, reasonWords), wordsFor(here, reasons, reasonAdvice)]
  return table(
    ['Reason', 'Why the session is over', 'Tell the user'],
    reasons.map((reason) => [coded(reason), wordsOf(reason), adviceFor(reason)]),
  )
}

/** The reasons in the order of their type, which is gone at run time. */
export function endedReasons(): EndedReason[] {
  const source = readFileSync(new URL(`../../${errorsFile}`, import.meta.url), 'utf8')
  const [, union = ''] = /^export type EndedReason =([^\n]+(?:\n {2}\|[^\n]+)*)/m.exec(source) ?? []
  const reasons = [...union.matchAll(/'(\w+)'/g)].map(([, name = '']) => name as EndedReason)
  if (reasons.length === 0) throw new Error(`there is no type EndedReason in ${errorsFile}: has it moved?`)
  return reasons
}
