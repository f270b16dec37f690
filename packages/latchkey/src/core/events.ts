// What happened, for logs, metrics and alarms: typed, free of secrets (I4). A listener can never break or
// change a refresh: it is called after the decision, and what it throws goes to `onListenerError`. It should be quick.

import { MisuseError } from './errors.ts'
import type { Device, EndReason, SessionView } from './session.ts'

/** Who asked, as far as the caller of the engine says so. */
export interface Origin extends Partial<Device> {
  /** Who did it, where it was not the session's own user: `cli`, `admin`, `client:` and its id. */
  readonly actor?: string
}

/** Says who asked, once somebody wants to know: most requests are never looked at. */
export type OriginOf = () => Origin

export const nowhere: OriginOf = () => ({})

/** Every event, by name, with what it tells. */
export interface Events {
  /** A session began. */
  signed_in: { readonly session: SessionView }
  /** The ratchet moved one step. */
  renewed: { readonly session: SessionView }
  /** An older token was answered with the current one; `depth` says how much older. A growing depth on one session is the trace of a copied device. */
  again: { readonly session: SessionView; readonly depth: number; readonly origin: Origin }
  /** The store was behind an authentic token: it has lost `depth` writes. */
  healed: { readonly session: SessionView; readonly depth: number }
  /** The store is further behind than any failover explains. */
  store_regressed: { readonly session: SessionView; readonly depth: number }
  /** Somebody holds a copy of a proved session's token, without its key. The session is untouched. */
  unproved: { readonly sessionId: string; readonly generation: number; readonly origin: Origin }
  /** An old token of a plain session came back: one of two holders is a thief. The session has been ended. */
  reuse: { readonly session: SessionView; readonly depth: number; readonly origin: Origin }
  /** A session was ended before its time, for whatever reason. */
  revoked: { readonly session: SessionView; readonly reason: EndReason; readonly origin: Origin }
  /** A token came whose session had reached the end of its life. */
  expired: { readonly session: SessionView }
  /** A session made room for a newer one of the same user. */
  evicted: { readonly session: SessionView }
  /** Credentials were wrong. `account` is a digest of the name that was tried; the subject is known where there is one. */
  sign_in_refused: { readonly account: string; readonly subject: string | null; readonly origin: Origin }
  /** Too many tries: at a sign-in (by account), of a client, or at the renewal of one session. Nothing was decided. */
  throttled: {
    readonly what: 'sign_in' | 'client' | 'renewal'
    readonly account: string | null
    readonly sessionId: string | null
    readonly origin: Origin
  }
  /** A DPoP proof came a second time: somebody holds a copy of a request. */
  replayed: { readonly sessionId: string | null; readonly origin: Origin }
}

export type EventName = keyof Events
export type Listener<Name extends EventName> = (event: Events[Name] & { readonly at: number }) => void

/** All names, for those who want to listen to everything. */
export const eventNames: readonly EventName[] = [
  'signed_in',
  'renewed',
  'again',
  'healed',
  'store_regressed',
  'unproved',
  'reuse',
  'revoked',
  'expired',
  'evicted',
  'sign_in_refused',
  'throttled',
  'replayed',
]

/** What happens before the engine is asked, and is told to it by whoever serves the requests. */
export type ReportedEvent = 'sign_in_refused' | 'throttled' | 'replayed'

const maxListeners = 32

export class EventBus {
  readonly #listeners = new Map<EventName, Set<Listener<never>>>()
  readonly #onListenerError: (error: unknown, name: EventName) => void

  constructor(onListenerError: (error: unknown, name: EventName) => void) {
    this.#onListenerError = onListenerError
  }

  /** Adds a listener; the returned function takes it away. At most 32 for one event. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    if (!eventNames.includes(name))
      throw new MisuseError('argument_invalid', `there is no such event; there are ${eventNames.join(', ')}`)
    if (typeof listener !== 'function') throw new MisuseError('argument_invalid', 'a listener must be a function')
    const listeners = this.#listeners.get(name) ?? new Set()
    if (listeners.size >= maxListeners) {
      throw new MisuseError('argument_invalid', `more than ${maxListeners} listeners for "${name}"`)
    }
    listeners.add(listener)
    this.#listeners.set(name, listeners)
    return () => void listeners.delete(listener)
  }

  emit<Name extends EventName>(name: Name, at: number, event: () => Events[Name]): void {
    const listeners = this.#listeners.get(name)
    if (listeners === undefined || listeners.size === 0) return
    let told: Events[Name] & { readonly at: number }
    try {
      told = { ...event(), at }
    } catch (error) {
      this.#report(error, name)
      return
    }
    for (const listener of listeners as Set<Listener<Name>>) {
      try {
        // An async listener is one that returns a promise nobody waits for.
        const returned: unknown = listener(told)
        if (returned instanceof Promise) returned.catch((error: unknown) => this.#report(error, name))
      } catch (error) {
        this.#report(error, name)
      }
    }
  }

  #report(error: unknown, name: EventName): void {
    try {
      this.#onListenerError(error, name)
    } catch {
      // Who is told of errors has one of his own, and nobody is left to tell.
    }
  }
}
