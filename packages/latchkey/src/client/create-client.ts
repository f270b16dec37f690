// What an application holds. Each client has a record of its own; what they share with the other clients and tabs of the
// same server is the storage and its lock.

import { page } from './browser.ts'
import type { LatchkeyClient } from './client.ts'
import { noop, type Core } from './core.ts'
import { signIn, signOut, start, token } from './engine.ts'
import { clientError } from './errors.ts'
import type { ClientOptions } from './options.ts'
import type { ClientPorts } from './ports.ts'
import type { ProofKind } from './proof.ts'
import { race } from './race.ts'
import { fetchWith } from './request.ts'
import { sessionKey } from './session-key.ts'
import { show } from './session.ts'
import type { State } from './state.ts'
import { sturdy } from './sturdy.ts'
import type { BodyMode } from './transport.ts'

// Programs cannot look into a transport or a proof; in here they are what transport.ts and proof.ts say.
interface Inside extends Omit<ClientOptions, 'transport' | 'proof'> {
  readonly transport?: BodyMode
  readonly proof?: ProofKind
}

const system: Omit<ClientPorts, 'surroundings'> = {
  now: () => Date.now(),
  steady: () => performance.now(),
  chance: Math.random,
  after: (ms, call) => {
    const timer: unknown = setTimeout(call, ms)
    // Only Node has it: a program that has nothing else to do ends.
    ;(timer as { unref?: () => void }).unref?.()
    return () => clearTimeout(timer as number)
  },
}

const make = <User>(
  options: ClientOptions,
  ports: ClientPorts = { ...system, surroundings: globalThis.document && page },
): LatchkeyClient<User> => {
  const { surroundings } = ports
  const { transport, proof = sessionKey } = options as unknown as Inside
  // Outside of a page a path leads nowhere, and that only shows when it is used.
  const base = new URL(options.baseUrl.replace(/\/*$/, '/'), globalThis.document?.baseURI ?? 'http://invalid')
  const core: Core = {
    ...ports,
    ...surroundings,
    ...options.lifecycle,
    mode: transport,
    // A page's own must not be called as a method of anything.
    fetch: async (...request) => (options.fetch ?? fetch)(...request),
    base,
    origins: [base, ...(options.origins ?? [])].map((url) => new URL(url).origin),
    cookies: transport ? undefined : surroundings,
    storage: sturdy(ports, transport?.storage ?? surroundings?.storage(`latchkey:${base.origin}`)),
    proof,
    listeners: new Set(),
    busy: Promise.resolve(),
  }
  show(core)
  core.told = core.snapshot
  let stop: (() => void) | undefined = start(core)
  const alive = (): Core => {
    if (!stop) throw clientError('Disposed')
    return core
  }
  return {
    get state() {
      return core.snapshot as State
    },
    restore: async () => {
      await token(alive()).catch(noop)
      return core.snapshot as State
    },
    signIn: async (credentials) => signIn(alive(), credentials) as Promise<User>,
    signOut: async () => signOut(alive()),
    fetch: async (input, init) => fetchWith(alive(), input, init),
    getAccessToken: async ({ minSeconds, signal } = {}) =>
      (await race(token(alive(), minSeconds && minSeconds * 1000), signal)).accessToken,
    on: (name, listener) => {
      const { listeners } = alive()
      const entry = { [name]: listener }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    dispose: () => {
      stop?.()
      stop = undefined
    },
  }
}

/** A client of one server. Throws a TypeError where `baseUrl` is no URL. (`nothing`: it cannot be given to `map`, which says more.) */
export const createClient: <User = unknown>(options: ClientOptions, ...nothing: never[]) => LatchkeyClient<User> = make

/** The same in a world of one's own, as tests have it: in no page, where they bring none. */
export const createClientIn = <User = unknown>(
  ports: Partial<ClientPorts>,
  options: ClientOptions,
): LatchkeyClient<User> => make<User>(options, { ...system, surroundings: undefined, ...ports })
