// The one record that all parts of the client work on: what it was given, and what it knows. Parts are functions over it,
// so that a bundler can shorten their names.

import type { Held } from './held.ts'
import type { Channel, ClientPorts, Surroundings } from './ports.ts'
import type { Proof } from './proof.ts'
import type { Span } from './span.ts'
import type { ClientEventName, ClientEvents, State } from './state.ts'
import type { SturdyStorage } from './sturdy.ts'

/** Ports and surroundings in one; outside of a page there are none of the latter. */
export type World = Omit<ClientPorts, 'surroundings' | 'after'> & { after: ClientPorts['after'] } & Partial<Omit<Surroundings, 'storage'>>

export interface Core extends World {
  /** With a slash at its end. */
  readonly baseUrl: URL
  readonly inCookies: boolean
  storage: SturdyStorage
  readonly proof: Proof
  /** Sessions are begun without a proof. */
  readonly isPlain: boolean
  readonly listeners: Set<<Name extends ClientEventName>(name: Name, event: ClientEvents[Name]) => void>

  // What session.ts writes.
  state: State
  /** The state that listeners know. */
  told: State
  held?: Held | undefined
  /** Goes up whenever a session ends: what was begun before it must not be taken any more. */
  epoch: number

  // What engine.ts writes.
  /** What is under way; what is begun meanwhile comes after it. */
  busy: Promise<unknown>
  renewing?: Promise<void> | undefined
  waking?: Promise<void> | undefined
  channel?: Channel | undefined
  stopTimer: () => void
  /** Why there is no renewal for now, and for how long. */
  failure?: unknown
  wait: Span
  windowMs: number
  restMs: number

  // What request.ts writes.
  /** A new token that a server has refused all the same: no renewal helps there. */
  distrusted?: Held
}

export const noop = (): undefined => undefined

export const unknown: State = Object.freeze({ status: 'unknown', degraded: false, sessionId: null, subject: null })
export const anonymous: State = Object.freeze({ ...unknown, status: 'anonymous', degraded: false } as const)
