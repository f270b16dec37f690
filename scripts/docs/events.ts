// docs/events.md: names from the registry, moments and members from the sources, and what to do about them from here.

import { endReasons, eventNames, type EndReason, type EventName } from 'latchkey'
import { membersOf } from './members.ts'
import { coded, table, wordsFor } from './table.ts'

const here = 'scripts/docs/events.ts'
const eventsFile = 'packages/latchkey/src/core/events.ts'
const sessionFile = 'packages/latchkey/src/core/session.ts'

const advice: Readonly<Record<EventName, string>> = {
  signed_in: 'Log it. Tell the user of a device that he has not used before.',
  renewed: 'Count it, if anything. It is the most frequent event by far.',
  again:
    'Nothing at depth 1: two tabs, or a lost answer. On a keyed session, an alarm for a depth that grows, or for two origins by turns: somebody may hold a copy of the whole device.',
  healed: 'Look at the store: it has lost writes, by a restore or a failover. The session goes on.',
  store_regressed:
    'Stop and look at the store: it is more than 1,000 generations behind a token. The user has to sign in again.',
  unproved: 'An alarm. The token has leaked, or a client has lost its session key. The owner is not disturbed.',
  reuse: 'An alarm. Tell the user. `origin` is who came with the old token; the device of `session` is where it began.',
  revoked: 'Log it, with its reason. It is also told where `evicted` or `reuse` is told.',
  expired: 'Nothing.',
  evicted: 'Tell the user, if he should know that an old device was signed out.',
  sign_in_refused: 'Count it. Many for one account, or many accounts from one place, are somebody who guesses.',
  throttled: 'Count it. The waits end by themselves ([throttling.md](throttling.md)).',
  replayed: 'An alarm: somebody has copied a whole request. It was refused.',
}

const reasonWords: Readonly<Record<EndReason, string>> = {
  signed_out: 'The user signed out on this device, or ended it from another one.',
  signed_out_everywhere: 'The user ended all of his sessions, or all others.',
  revoked: 'The application ended it: `revoke` or `revokeAll` without another reason.',
  reuse: 'An old token of a plain session came back.',
  evicted: 'It made room for a newer session of the same user.',
  renewal_refused: 'The `renew` hook refused.',
}

const memberWords: Readonly<Record<string, string>> = {
  id: "The session's public id: `sid` in access tokens and in `GET /sessions`.",
  subject: "The user's id.",
  client: 'The OAuth client that it belongs to; `first-party` where none was named.',
  proof: '`plain`, `session_key` or `dpop`.',
  transport: 'How its refresh token travels: `body`, `cookie` or `header`.',
  thumbprint: 'Of the DPoP key that it is bound to, or null.',
  scope: 'What it was given at sign-in, or null.',
  authTime: 'When the user proved who he is.',
  generation: 'The newest generation issued.',
  createdAt: 'Sign-in, as all instants in epoch milliseconds.',
  lastSeenAt: 'The last rotation.',
  expiresAt: 'The end of its life, as things stand.',
  endedAt: 'When it was ended before its time, or null.',
  endReason: 'Why, or null.',
  device: 'Where it began: `label`, `userAgent` and `place`.',
}

export function eventsTable(): string {
  const members = membersOf(eventsFile, 'Events')
  const told = new Map(members.map((member) => [member.name, member]))
  const odd = members.filter(({ name }) => !eventNames.includes(name as EventName))
  if (odd.length > 0)
    throw new Error(`${eventsFile} describes ${odd.map(({ name }) => name).join(', ')}, which no list names`)
  const adviceFor = wordsFor(here, eventNames, advice)
  const rows = eventNames.map((name) => {
    const member = told.get(name)
    if (member === undefined || member.says === '') throw new Error(`${eventsFile} does not say when ${name} happens`)
    return [coded(name), member.says, payloadOf(member.type), adviceFor(name)]
  })
  return table(['Event', 'When', 'Tells', 'What to do'], rows)
}

const payloadOf = (type: string): string =>
  [...type.matchAll(/readonly (\w+)\??:/g)].map(([, name = '']) => coded(name)).join(', ')

export function endReasonsTable(): string {
  const wordsOf = wordsFor(here, endReasons, reasonWords)
  return table(
    ['Reason', 'Why the session ended'],
    endReasons.map((reason) => [coded(reason), wordsOf(reason)]),
  )
}

export function sessionViewTable(): string {
  const members = membersOf(sessionFile, 'SessionView').map(({ name }) => name)
  const wordsOf = wordsFor(here, members, memberWords)
  return table(
    ['Member', 'What it is'],
    members.map((name) => [coded(name), wordsOf(name)]),
  )
}
