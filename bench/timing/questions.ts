// The pairs of requests that nobody may tell apart by their answers' times, and what each pair would betray; and one that
// may be told apart, because only somebody who was given the token can ask it.

import { randomBytes, randomUUID } from 'node:crypto'
import { delayHeader } from './delay-header.ts'
import type { Scene } from './scene.ts'
import { requestText, type Question } from './sampling.ts'

export interface Case {
  readonly what: string
  readonly one: Question
  readonly other: Question
  readonly status: number
  readonly pairs: number
  readonly pairsInBlock: number
  /** How small a difference must be found for a verdict, in microseconds; none: only for reading. */
  readonly mustSeeMicros?: number
}

/** Everything but a password takes a fraction of a millisecond. */
const quick = { pairs: 8000, pairsInBlock: 40, mustSeeMicros: 5 } as const
/** A password takes many, so that its noise is larger as well, and fewer can be asked. */
const slow = { pairs: 2000, pairsInBlock: 20, mustSeeMicros: 250 } as const

const json = { 'Content-Type': 'application/json' }

type Headers = Readonly<Record<string, string>>

const wrongPassword = (username: string, more: Headers = {}): string =>
  requestText('POST /login', { ...json, ...more }, JSON.stringify({ username, password: 'wrong horse battery' }))

const refresh = (token: string, more: Headers = {}): string =>
  requestText('POST /token', { ...json, ...more }, JSON.stringify({ token }))

/** A refresh token with some of its 54 bytes changed. */
function altered(token: string, change: (bytes: Buffer) => void): string {
  const bytes = Buffer.from(token.slice('lkr1_'.length), 'base64url')
  change(bytes)
  return `lkr1_${bytes.toString('base64url')}`
}

const macAt = 22
const otherMac = (bytes: Buffer): void => bytes.set(randomBytes(32), macAt)
const flip =
  (at: number) =>
  (bytes: Buffer): void =>
    void bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
const otherSession = (bytes: Buffer): void => {
  bytes.write(randomUUID().replaceAll('-', ''), 1, 'hex')
  otherMac(bytes)
}

/** Whether a user exists. */
const passwordCase: Case = {
  what: 'a user’s wrong password; an unknown user',
  one: () => wrongPassword('ada'),
  other: () => wrongPassword('eve'),
  status: 401,
  ...slow,
}

/** Whether a session exists, and what its token is. */
const refreshCases = ({ ada, ended }: Scene): readonly Case[] => [
  {
    what: 'forged, of a live session; forged, of none',
    one: () => refresh(altered(ada.refresh, otherMac)),
    other: () => refresh(altered(ada.refresh, otherSession)),
    status: 403,
    ...quick,
  },
  {
    what: 'forged, first byte of the mac wrong; last byte',
    one: () => refresh(altered(ada.refresh, flip(macAt))),
    other: () => refresh(altered(ada.refresh, flip(53))),
    status: 403,
    ...quick,
  },
  {
    what: 'forged; authentic, of a session that has ended',
    one: () => refresh(altered(ada.refresh, otherMac)),
    other: () => refresh(ended.refresh),
    status: 403,
    pairs: quick.pairs,
    pairsInBlock: quick.pairsInBlock,
  },
]

/** Whether somebody else has a session of this id. */
function sessionCase({ ada, bob }: Scene): Case {
  const bobsId = sessionIdOf(bob.access)
  const end = (id: string): string => requestText(`DELETE /sessions/${id}`, { Authorization: `Bearer ${ada.access}` })
  return {
    what: 'ending a session of another user; one that is not there',
    one: () => end(bobsId),
    other: () => end(randomBytes(16).toString('base64url')),
    status: 204,
    ...quick,
  }
}

const sessionIdOf = (access: string): string =>
  (JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()) as { readonly sid: string }).sid

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

const basic = (id: string, secret: string): Headers => ({
  ...form,
  Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})

/** How much of a guessed secret is right; whether there is such a client (which is no secret, RFC 6749 s2.2). */
const clientCases = ({ web: { id, secret } }: Scene): readonly Case[] => {
  const renew = (client: string, guessed: string): string =>
    requestText('POST /token', basic(client, guessed), `grant_type=refresh_token&refresh_token=none`)
  const other = (character: string | undefined): string => (character === 'A' ? 'B' : 'A')
  const firstWrong = other(secret[0]) + secret.slice(1)
  const lastWrong = secret.slice(0, -2) + other(secret.at(-2)) + secret.slice(-1)
  return [
    {
      what: 'a client’s wrong secret; an unknown client',
      one: () => renew(id, firstWrong),
      other: () => renew('wob', firstWrong),
      status: 401,
      ...quick,
    },
    {
      what: 'a client’s secret, wrong in its first character; near its last',
      one: () => renew(id, firstWrong),
      other: () => renew(id, lastWrong),
      status: 401,
      ...quick,
    },
  ]
}

/** Whose a token is that one client has and may not use. */
const revocationCase = ({ web, ada }: Scene): Case => {
  const revoke = (token: string): string => requestText('POST /revoke', basic(web.id, web.secret), `token=${token}`)
  return {
    what: 'revoking: a token of another client; a forged one',
    one: () => revoke(ada.refresh),
    other: () => revoke(altered(ada.refresh, otherMac)),
    status: 200,
    ...quick,
  }
}

/** Everything that is asked of the server as it is. */
export const casesOf = (scene: Scene): readonly Case[] => [
  passwordCase,
  ...refreshCases(scene),
  ...clientCases(scene),
  revocationCase(scene),
  sessionCase(scene),
]

/** The same question twice, the second time delayed by so many microseconds. */
const delayedBy = (ask: (more: Headers) => string, delayMicros: number): Pick<Case, 'one' | 'other'> => {
  // Of one length, so that nothing but the delay differs.
  const delay = (nanoseconds: number): Headers => ({ [delayHeader]: String(nanoseconds).padStart(9, '0') })
  return { one: () => ask(delay(0)), other: () => ask(delay(delayMicros * 1000)) }
}

/** What the comparison must find, and what it must not, on a server that delays. */
export function controlsOf({ ada }: Scene): readonly Control[] {
  const kinds = [
    { what: 'a wrong password', status: 401, ask: (more: Headers) => wrongPassword('ada', more), ...slow },
    {
      what: 'a forged token',
      status: 403,
      ask: (more: Headers) => refresh(altered(ada.refresh, otherMac), more),
      ...quick,
    },
  ]
  return kinds.flatMap(({ what, ask, ...rest }) => [
    { ...rest, what: `${what}, twice`, ...delayedBy(ask, 0), delayMicros: 0 },
    {
      ...rest,
      what: `${what}, twice, the second ${rest.mustSeeMicros} µs later`,
      ...delayedBy(ask, rest.mustSeeMicros),
      delayMicros: rest.mustSeeMicros,
    },
  ])
}

/** A case whose answer is known. */
export interface Control extends Case {
  readonly delayMicros: number
}
