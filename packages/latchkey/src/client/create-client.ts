// What an application holds. Each client has a record of its own; what they share with the other clients and tabs of the
// same server is the storage and its lock.

import { page } from './browser.ts'
import type { LatchkeyClient } from './client.ts'
import { noop, unknown, type Core } from './core.ts'
import { signIn, signOut, start, token } from './engine.ts'
import { ClientError } from './errors.ts'
import type { ClientOptions } from './options.ts'
import type { ClientPorts } from './ports.ts'
import { race } from './race.ts'
import { fetchWith } from './request.ts'
import { sessionKey } from './session-key.ts'
import { sturdy } from './sturdy.ts'

/** A client of one server; `ports` are for tests. Throws a TypeError where `baseUrl` is no URL. */
export function createClient<User = unknown>(
  options: ClientOptions,
  ports: Partial<ClientPorts> = {},
): LatchkeyClient<User> {
  const { transport, proof } = options
  const isPage = !!globalThis.document
  const { surroundings = isPage ? page : undefined } = ports
  const baseUrl = new URL(options.baseUrl.replace(/\/*$/, '/'), isPage ? document.baseURI : 'http://page.invalid')
  const inCookies = transport ? transport === 'cookie' : isPage
  const core: Core = {
    ...system,
    ...surroundings,
    ...options,
    ...ports,
    ...options.lifecycle,
    // A page's own must not be called as a method of anything.
    fetch: (...request) => (options.fetch ?? ports.fetch ?? fetch)(...request),
    baseUrl,
    origins: new Set([baseUrl, ...(options.origins ?? [])].map((url) => new URL(url).origin)),
    inCookies,
    cookies: inCookies ? surroundings : undefined,
    storage: sturdy(options.storage ?? surroundings?.storage(`latchkey:${baseUrl.origin}`), () => core),
    proof: typeof proof === 'object' ? proof : sessionKey,
    isPlain: proof === 'plain',
    listeners: new Set(),
    state: unknown,
    told: unknown,
    busy: Promise.resolve(),
  }
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

const system: Omit<ClientPorts, 'surroundings' | 'fetch'> = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  after: (ms, call) => {
    const timer: unknown = setTimeout(call, ms)
    // Only Node has it: a program that has nothing else to do ends.
    ;(timer as { unref?: () => void }).unref?.()
    return () => clearTimeout(timer as number)
  },
}
