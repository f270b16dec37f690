// What an application holds. Each client has a record of its own; what they share with the other clients and tabs of the
// same server is the storage and its lock.

import { page } from './browser.ts'
import type { LatchkeyClient } from './client.ts'
import { noop, unknown, type Core } from './core.ts'
import { signIn, signOut, start, token } from './engine.ts'
import { ClientError } from './errors.ts'
import type { ClientOptions } from './options.ts'
import type { ClientPorts } from './ports.ts'
import { fetchWith, race } from './request.ts'
import { sessionKey } from './session-key.ts'
import { sturdy } from './sturdy.ts'

/** A client of one server; `ports` are for tests. Throws a TypeError where `baseUrl` is no URL. */
export function createClient<User = unknown>(
  options: ClientOptions,
  ports: Partial<ClientPorts> = {},
): LatchkeyClient<User> {
  const core = coreFor(options, ports)
  const { listeners, baseUrl } = core
  const origins = new Set([baseUrl, ...(options.origins ?? [])].map((url) => new URL(url).origin))
  let stop: (() => void) | undefined = start(core)
  const alive = (): Core => {
    if (!stop) throw new ClientError('Disposed')
    return core
  }
  return {
    get state() {
      return core.state
    },
    restore: async () => {
      await token(alive()).catch(noop)
      return core.state
    },
    signIn: async (credentials) => (await signIn(alive(), credentials)) as User,
    signOut: async () => signOut(alive()),
    fetch: async (input, init) => fetchWith(alive(), origins, input, init),
    getAccessToken: async ({ minSeconds, signal } = {}) =>
      (await race(token(alive(), minSeconds && minSeconds * 1000), signal)).accessToken,
    on: (wanted, listener) => {
      alive()
      const hear = (name: string, event: unknown): void => {
        if (name === wanted) (listener as (event: unknown) => void)(event)
      }
      listeners.add(hear)
      return () => void listeners.delete(hear)
    },
    dispose: () => {
      stop?.()
      stop = undefined
    },
  }
}

function coreFor(options: ClientOptions, ports: Partial<ClientPorts>): Core {
  const { transport, proof } = options
  const isPage = typeof document !== 'undefined'
  const { surroundings = isPage ? page : undefined } = ports
  const baseUrl = new URL(options.baseUrl.replace(/\/*$/, '/'), isPage ? document.baseURI : 'http://localhost')
  const world = { ...system, ...surroundings, ...options, ...ports, ...options.lifecycle }
  return {
    ...world,
    baseUrl,
    inCookies: transport ? transport === 'cookie' : isPage,
    storage: sturdy(options.storage ?? surroundings?.storage(`latchkey:${baseUrl}`), world.after),
    proof: typeof proof === 'object' ? proof : sessionKey,
    isPlain: proof === 'plain',
    listeners: new Set(),
    state: unknown,
    told: unknown,
    epoch: 0,
    busy: Promise.resolve(),
    stopTimer: noop,
    wait: () => 0,
    windowMs: 0,
    restMs: 0,
  }
}

const system: Omit<ClientPorts, 'surroundings'> = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  after: (ms, call) => {
    const timer: unknown = setTimeout(call, ms)
    // Only Node has it: a program that has nothing else to do ends.
    ;(timer as { unref?: () => void }).unref?.()
    return () => clearTimeout(timer as number)
  },
  fetch: (...request) => fetch(...request),
}
