// A client that a test drives by hand, with the contract of the real one: `state` is the same object until something
// changes, and whoever listens is told afterwards. It counts what React must not leave behind.

import type { ClientEvents, ClientEventName, LatchkeyClient, State } from 'latchkey/client'

export const unknown: State = { status: 'unknown', degraded: false, sessionId: null, subject: null }
export const anonymous: State = { status: 'anonymous', degraded: false, sessionId: null, subject: null }
export const authenticated: State = { status: 'authenticated', degraded: false, sessionId: 's1', subject: 'ada' }

export interface Driven {
  readonly client: LatchkeyClient
  readonly become: (state: State) => void
  /** A renewal that changes nothing but the token. */
  readonly renewed: () => void
  readonly listeners: () => number
  readonly restores: () => number
  readonly disposals: () => number
}

/** A client in this state; it finds out nothing by itself. */
export function drivenClient(first: State): Driven {
  let state = first
  let restores = 0
  let disposals = 0
  const listeners = new Set<readonly [ClientEventName, (event: never) => void]>()
  const tell = <Name extends ClientEventName>(name: Name, event: ClientEvents[Name]): void => {
    for (const [heard, listener] of listeners) if (heard === name) listener(event as never)
  }
  const unused = (): never => {
    throw new Error('no component calls this')
  }
  const client: LatchkeyClient = {
    get state() {
      return state
    },
    restore: async () => {
      restores += 1
      return state
    },
    on: (name, listener) => {
      const entry = [name, listener] as const
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    dispose: () => {
      disposals += 1
    },
    signIn: unused,
    signOut: unused,
    fetch: unused,
    getAccessToken: unused,
  }
  const become = (next: State): void => {
    if (next === state) return
    state = next
    tell('change', state)
  }
  return {
    client,
    become,
    renewed: () => tell('refreshed', { sessionId: 's1', expiresInSeconds: 600 }),
    listeners: () => listeners.size,
    restores: () => restores,
    disposals: () => disposals,
  }
}
