// The one record that all parts of the client work on: what it was given, and what it knows. Parts are functions over it,
// so that a bundler can shorten their names.

import type { Trouble } from './backoff.ts'
import type { Held } from './held.ts'
import type { Channel, ClientPorts, Surroundings } from './ports.ts'
import type { ProofKind } from './proof.ts'
import type { ClientEventName, ClientListener, State } from './state.ts'
import type { SturdyStorage } from './sturdy.ts'
import type { BodyMode } from './transport.ts'

/** Ports and surroundings in one; outside of a page there are none of the latter. */
export type World = Omit<ClientPorts, 'surroundings'> & Partial<Omit<Surroundings, 'storage' | 'hint' | 'dropHint'>>

export interface Core extends World {
  /** `baseUrl`, with a slash at its end. */
  readonly base: URL
  /** Those that are given access tokens. */
  readonly origins: readonly string[]
  readonly fetch: typeof fetch
  /** Body mode; undefined where tokens travel in cookies. */
  readonly mode: BodyMode | undefined
  /** What the browser's cookies say: a session's id, null for nobody, undefined where they cannot be seen or are not used. */
  readonly cookies: Pick<Surroundings, 'hint' | 'dropHint'> | undefined
  readonly storage: SturdyStorage
  readonly proof: ProofKind
  readonly listeners: Set<{ readonly [Name in ClientEventName]?: ClientListener<Name> }>

  // What session.ts writes.
  snapshot?: State | undefined
  /** The state that listeners know. */
  told?: State | undefined
  held?: Held | undefined
  /** It is known that there is no session. */
  isNobody?: boolean
  /** The session that ended last: it does not come back. */
  over?: string

  // What engine.ts writes.
  /** What is under way; what is begun meanwhile comes after it. */
  busy: Promise<unknown>
  renewing?: Promise<unknown> | undefined
  channel?: Channel | undefined
  stopTimer?: () => void
  trouble?: Trouble | undefined
  isDisposed?: boolean

  // What request.ts writes.
  /** A new token that a server has refused all the same: no renewal helps there. */
  refused?: Held
}

export const noop = (): undefined => undefined
