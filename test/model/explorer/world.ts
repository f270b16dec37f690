// What the explorer explores: one session, its owner with several tabs over one storage, a network, a store that may
// fall back to older copies, a clock, and perhaps a thief. A state is a value; nothing in it is ever changed. Each
// state has a key, a short text that two states share exactly if their futures are the same.

import type { Session } from '../../../packages/latchkey/src/core/session.ts'
import { client, createServers, policy, realRule, sid, type Rule, type Servers } from './server.ts'
import type { Nonce, Proof, Token } from './server.ts'
import type { Message } from './message.ts'

export interface Config {
  readonly rule?: Rule
  readonly proof: 'plain' | 'session_key'
  /** `freshest`: an answer is kept where its generation is newer. `overwrites`: always, as a cookie jar does. */
  readonly client: 'freshest' | 'overwrites'
  /** In cookie mode a proof does not cover the token. `body` where nothing is said. */
  readonly transport?: 'body' | 'cookie'
  /** Requests of the owner under way at once. */
  readonly tabs: number
  /** Nobody asks for a newer generation than this. */
  readonly generations: number
  /** How often the network doubles a request, the store falls back, and the owner's storage does. */
  readonly duplicates?: number
  readonly rollbacks?: number
  readonly setBacks?: number
  /** Minutes after sign-in at which time may stop; it only goes on. */
  readonly minutes?: readonly number[]
  /** Whether a request reaches the server at once: only its answer may be late. */
  readonly prompt?: boolean
  /** Whether a newer refresh key becomes active, node by node. */
  readonly keyRotation?: boolean
  /** Whether the application has a `renew` hook, so that the swap is not tried blind. */
  readonly hooked?: boolean
  /** Whether the owner may sign out, and what a fallen store makes of that. */
  readonly signOut?: 'kept' | 'lost'
  /** How often a thief may copy a token, or a whole request; how many of his requests (1) are under way at once. */
  readonly thief?: { readonly copies: number; readonly captures: number; readonly hands?: number }
}

/** The row, and the short text that stands for it. */
export interface Row {
  readonly session: Session
  readonly code: string
}

/** What the owner's tabs share. */
export interface Held {
  readonly token: Token
  readonly nonce: Nonce | null
  readonly code: string
}

export interface Thief {
  readonly tokens: readonly Token[]
  readonly proofs: readonly Proof[]
  readonly copies: number
  readonly captures: number
  /** Whether he has been served; of a plain session only, because a keyed one needs no memory of it. */
  readonly served: boolean
}

export interface State {
  readonly row: Row
  /** What the store may fall back to: whatever it ever held. */
  readonly copies: readonly Row[]
  readonly held: Held
  /** What the owner's storage may fall back to. */
  readonly past: readonly Held[]
  /** How often each may still happen. */
  readonly rollbacks: number
  readonly setBacks: number
  readonly duplicates: number
  /** Index into the world's instants. */
  readonly clock: number
  readonly renewedKeys: boolean
  /** Whether the session was ended with good reason: the owner signed out, or a copy of a plain token was noticed. */
  readonly ended: boolean
  readonly messages: readonly Message[]
  readonly thief: Thief | null
}

export interface World {
  readonly config: Config
  readonly rule: Rule
  readonly servers: Servers
  readonly instants: readonly number[]
  readonly rows: Map<number, Row>
  readonly undisturbed: Map<string, boolean>
  /** The one text of each generation, and the one successor of each: over all histories. */
  readonly texts: Map<number, string>
  readonly successors: Map<number, string>
  /** Who was told what, such as "thief again": shows that a world is rich enough to break something. */
  readonly met: Set<string>
}

const minuteMs = 60_000
/** A whole minute, so that a nonce is exactly as old as the clock says. */
const signedInAt = 28_000_000 * minuteMs

export function createWorld(config: Config): World {
  const rule = config.rule ?? realRule
  return {
    config,
    rule,
    servers: createServers(rule, config.transport ?? 'body'),
    instants: [0, ...(config.minutes ?? [])].map((minutes) => signedInAt + minutes * minuteMs),
    rows: new Map(),
    undisturbed: new Map(),
    texts: new Map(),
    successors: new Map(),
    met: new Set(),
  }
}

/** The state after sign-in. */
export function firstState(world: World): State {
  const { config, servers } = world
  const row = rowOf(world, firstSession(config))
  const [node] = servers.before
  if (node === undefined) throw new Error('a world has a server')
  const nonce = config.proof === 'session_key' ? node.nonce(signedInAt) : null
  const { copies, captures } = config.thief ?? { copies: 0, captures: 0 }
  return {
    row,
    copies: [],
    held: heldOf(node.mint(row.session), nonce),
    past: [],
    rollbacks: config.rollbacks ?? 0,
    setBacks: config.setBacks ?? 0,
    duplicates: config.duplicates ?? 0,
    clock: 0,
    renewedKeys: false,
    ended: false,
    messages: [],
    thief: config.thief === undefined ? null : { tokens: [], proofs: [], copies, captures, served: false },
  }
}

function firstSession({ proof, transport }: Config): Session {
  return {
    sid,
    publicId: 'AAAAAAAAAAAAAAAAAAAAAA',
    subject: 'owner',
    client,
    generation: 1,
    kid: 1,
    proof,
    transport: transport ?? 'body',
    thumbprint: null,
    scope: null,
    createdAt: signedInAt,
    authTime: signedInAt,
    rotatedAt: signedInAt,
    idleExpiresAt: signedInAt + policy.idleMs,
    absoluteExpiresAt: signedInAt + 30 * 86_400_000,
    revokedAt: null,
    revokedReason: null,
    device: { label: '', userAgent: '', place: '' },
    claims: {},
  }
}

/** The one Row of a session as it stands. Rows differ in three fields; the rest follows from them, or never changes. */
export function rowOf({ rows, instants }: World, session: Session): Row {
  const rotated = instants.indexOf(session.rotatedAt)
  const revoked = session.revokedAt === null ? 0 : 1 + instants.indexOf(session.revokedAt)
  const number = (session.generation * 32 + rotated) * 32 + revoked
  const known = rows.get(number)
  if (known !== undefined && !isSame(known.session, session)) throw new Error('something else in the row has changed')
  if (known !== undefined) return known
  const row = { session, code: String.fromCharCode(session.generation, rotated, revoked) }
  rows.set(number, row)
  return row
}

const isSame = (one: Session, other: Session): boolean =>
  one === other ||
  (one.kid === other.kid &&
    one.proof === other.proof &&
    one.transport === other.transport &&
    one.idleExpiresAt === other.idleExpiresAt &&
    one.absoluteExpiresAt === other.absoluteExpiresAt)

export const heldOf = (token: Token, nonce: Nonce | null): Held => ({
  token,
  nonce,
  code: String.fromCharCode(token.id, nonce?.id ?? 0),
})

/** Values in the order of their codes, without doubles. */
export const distinct = <Value extends { readonly code: string }>(values: readonly Value[]): Value[] =>
  [...new Map(values.map((value) => [value.code, value])).values()].sort((one, other) =>
    one.code < other.code ? -1 : 1,
  )

const joined = (values: readonly { readonly code: string }[]): string => {
  let text = String.fromCharCode(values.length)
  for (const { code } of values) text += code
  return text
}

const idsOf = (values: readonly { readonly id: number }[]): string =>
  String.fromCharCode(values.length, ...values.map(({ id }) => id))

/** Two states have the same key exactly if they are the same. */
export function keyOf(state: State): string {
  const { row, held, thief } = state
  const flags = (state.renewedKeys ? 1 : 0) + (state.ended ? 2 : 0)
  const counts = String.fromCharCode(state.rollbacks, state.setBacks, state.duplicates, state.clock, flags)
  const key = row.code + held.code + counts + joined(state.messages) + joined(state.copies) + joined(state.past)
  if (thief === null) return key
  const chances = String.fromCharCode(thief.copies, thief.captures, thief.served ? 1 : 0)
  return key + idsOf(thief.tokens) + idsOf(thief.proofs) + chances
}
