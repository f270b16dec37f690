// The session in React: the client's state as an external store, read without tearing, and nothing of it kept in
// components. A component that mounts twice, as in StrictMode, leaves no listener and never disposes of the client.
'use client'

import { createContext, createElement, useContext, useEffect, useMemo, useSyncExternalStore } from 'react'
import type { Context, ReactElement, ReactNode } from 'react'
import type { LatchkeyClient } from '../client.ts'
import type { State } from '../state.ts'

export interface SessionProviderProps {
  /** Made outside of components, once per page. Whoever made it disposes of it. */
  readonly client: LatchkeyClient
  readonly children?: ReactNode
}

export interface Session {
  readonly client: LatchkeyClient
  readonly state: State
}

/** A session that is known to be there, or known not to be. */
export interface KnownSession {
  readonly client: LatchkeyClient
  readonly state: Exclude<State, { readonly status: 'unknown' }>
}

// What a server renders, and a page until it has taken over what the server rendered: it is one object, so that it can
// be told from the client's own `unknown`.
const onServer: State = { status: 'unknown', degraded: false, sessionId: null, subject: null }

const Client: Context<LatchkeyClient | null> = createContext<LatchkeyClient | null>(null)

/** Gives its children the session of this client, and has the client find out who is signed in once it is on the page. */
export function SessionProvider({ client, children }: SessionProviderProps): ReactElement {
  useEffect(() => {
    if (client.state.status === 'unknown') findOut(client)
  }, [client])
  return createElement(Client.Provider, { value: client }, children)
}

/** The session, `unknown` on a server and at first. `suspense`: waits in the nearest `<Suspense>` until it is known. */
export function useSession(options: { readonly suspense: true }): KnownSession
export function useSession(options?: { readonly suspense?: false }): Session
export function useSession({ suspense = false }: { readonly suspense?: boolean } = {}): Session {
  const client = useContext(Client)
  if (client === null) throw new Error('useSession() needs a <SessionProvider> around it')
  const { subscribe, read } = useMemo(() => storeOf(client), [client])
  const state = useSyncExternalStore(subscribe, read, readOnServer)
  if (suspense && state.status === 'unknown') wait(client, state)
  return useMemo(() => ({ client, state }), [client, state])
}

const storeOf = (client: LatchkeyClient) => ({
  subscribe: (changed: () => void): (() => void) => client.on('change', changed),
  read: (): State => client.state,
})

const readOnServer = (): State => onServer

// An outage is no error here: `state` says `degraded`, and the client tries again. What remains is a disposed client.
const findOut = (client: LatchkeyClient): void => void client.restore().catch(() => undefined)

// A server never learns more, and must not hang: React then renders the fallback, and the page goes on from there.
function wait(client: LatchkeyClient, state: State): never {
  if (state === onServer) throw new Error('useSession({ suspense: true }) renders in the browser only')
  // A thrown promise is what both React 18 and 19 wait for; `use` would need 19.
  throw known(client)
}

// A component that suspends before it has mounted loses all that it knew, so the promise is kept for it here.
const waiting = new WeakMap<LatchkeyClient, Promise<void>>()

function known(client: LatchkeyClient): Promise<void> {
  const before = waiting.get(client)
  if (before !== undefined) return before
  const promise = new Promise<void>((resolve) => {
    const stop = client.on('change', ({ status }) => {
      if (status === 'unknown') return
      stop()
      waiting.delete(client)
      resolve()
    })
  })
  waiting.set(client, promise)
  findOut(client)
  return promise
}
