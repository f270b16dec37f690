// One tab: a client of its own with clocks of its own, in the surroundings of its browser. It can be woken, hidden, put
// to sleep and killed.

import {
  bodyMode,
  plain,
  type ClientEventName,
  type ClientEvents,
  type ClientOptions,
  type ClientStorage,
  type LatchkeyClient,
  type Proof,
} from 'latchkey/client'
import type { ClientPorts, Surroundings } from '../../../packages/latchkey/src/client/ports.ts'
import { createClientIn } from '../../helpers/client-in.ts'
import type { Browser } from './browser.ts'
import { TabClock } from './clock.ts'
import { DurableStorage } from './durable.ts'
import { fetchOf } from './network.ts'

/** What `signIn` of the test server resolves with. */
interface User {
  readonly id: string
  readonly name: string
}

export interface TabOptions {
  /** Where nothing is said, the browser's URL. */
  readonly baseUrl?: string
  /** Body mode with this storage, in the place of cookie mode. A durable one is opened anew, as by another process. */
  readonly storage?: ClientStorage | DurableStorage
  readonly origins?: readonly string[]
  readonly proof?: 'session_key' | 'plain' | Proof
  /** The origin of the page; that of the browser's URL, where nothing is said. */
  readonly origin?: string
  /** How far this device's wall clock is off. */
  readonly clockOffsetMs?: number
  /** 0.5 always, where nothing is said. */
  readonly random?: () => number
  readonly surroundings?: Partial<Surroundings>
  readonly ports?: Partial<ClientPorts>
  /** In the place of the browser's network. */
  readonly fetch?: typeof fetch
}

export type Told = { readonly [Name in ClientEventName]: { readonly name: Name; readonly event: ClientEvents[Name] } }

export class Tab {
  readonly number: number
  readonly clock: TabClock
  readonly client: LatchkeyClient<User>
  /** What the client has told, in order. */
  readonly told: Told[ClientEventName][] = []
  isVisible = true
  isAlive = true
  readonly #browser: Browser
  readonly #options: TabOptions
  readonly #ownStorage: ClientStorage | undefined
  readonly #ports: Partial<ClientPorts>
  readonly #watchers = new Set<{ readonly wake: (isOnline: boolean) => void; readonly sleep: () => void }>()
  readonly #channels = new Set<() => void>()

  constructor(browser: Browser, number: number, wall: number, options: TabOptions) {
    this.#browser = browser
    this.#options = options
    this.number = number
    this.clock = new TabClock(wall)
    const { storage } = options
    this.#ownStorage = storage instanceof DurableStorage ? this.#open(storage, 'of the application') : storage
    this.#ports = this.#makePorts()
    this.client = this.createClient()
    this.client.on('change', (event) => void this.told.push({ name: 'change', event }))
    this.client.on('refreshed', (event) => void this.told.push({ name: 'refreshed', event }))
    this.client.on('ended', (event) => void this.told.push({ name: 'ended', event }))
  }

  /** One more client on the same page. */
  createClient(more: Partial<ClientOptions> = {}): LatchkeyClient<User> {
    const { origin = new URL(this.#browser.url).origin, baseUrl = this.#browser.url, origins, proof } = this.#options
    const storage = this.#ownStorage
    const { clock, number: tab } = this
    return createClientIn<User>(this.#ports, {
      baseUrl,
      fetch: fetchOf(this.#browser, { tab, clock, isAlive: () => this.isAlive }, origin),
      ...(this.#options.fetch && { fetch: this.#options.fetch }),
      ...(storage && { transport: bodyMode(storage) }),
      ...(origins && { origins }),
      ...(proof && proof !== 'session_key' && { proof: proof === 'plain' ? plain : proof }),
      ...more,
    })
  }

  /** What was told under this name. */
  toldOf<Name extends ClientEventName>(name: Name): ClientEvents[Name][] {
    return this.told.filter((each): each is Told[Name] => each.name === name).map(({ event }) => event)
  }

  /** How many listeners the client has on the page. */
  get watchers(): number {
    return this.#watchers.size
  }

  /** The user comes back to this tab (`visibilitychange`, `pageshow`, `focus`), or the network does (`online`: true). */
  wake(isOnline = false): void {
    if (this.isAlive) for (const watcher of this.#watchers) watcher.wake(isOnline)
  }

  /** The page is put away, as for a step back in its history (`pagehide`); `wake` brings it back. */
  putAway(): void {
    if (this.isAlive) for (const watcher of this.#watchers) watcher.sleep()
  }

  /** The tab is gone at once: no timer, no answer, no message reaches it any more, and its locks are free. */
  kill(): void {
    this.isAlive = false
    this.clock.stop()
    this.#watchers.clear()
    for (const close of this.#channels) close()
    this.#browser.locks.forget(this.number)
  }

  #makePorts(): Partial<ClientPorts> {
    const { random = () => 0.5, ports } = this.#options
    const { clock } = this
    return {
      now: clock.now,
      steady: clock.elapsed,
      after: clock.after,
      chance: random,
      surroundings: { ...this.#surroundings(), ...this.#options.surroundings },
      ...ports,
    }
  }

  #surroundings(): Surroundings {
    const browser = this.#browser
    return {
      storage: (name) => this.#open(browser.storage(name), name),
      hint: (baseUrl) => hintIn(browser, baseUrl)?.[1] ?? null,
      dropHint: (baseUrl, sessionId) => {
        const [name, value] = hintIn(browser, baseUrl) ?? []
        if (name !== undefined && value === sessionId) browser.jar.remove(baseUrl, name)
      },
      openChannel: (name, hear) => {
        if (!browser.hasChannels) return undefined
        const channel = browser.hub.open(name, () => (this.isAlive ? hear() : undefined))
        this.#channels.add(channel.close)
        // What a dead tab would say is said by nobody.
        return { ...channel, postMessage: (message) => (this.isAlive ? channel.postMessage(message) : undefined) }
      },
      watch: (wake, sleep) => {
        const watcher = { wake, sleep }
        this.#watchers.add(watcher)
        return () => void this.#watchers.delete(watcher)
      },
      isVisible: () => this.isVisible,
      isOnline: () => browser.isOnline,
    }
  }

  #open(durable: DurableStorage, name: string): ClientStorage {
    const { locks, hasLocks, keepsKeys } = this.#browser
    const holder = { tab: this.number, clock: this.clock }
    return {
      read: (sessionId) => this.#unlessGone(durable.read(sessionId)),
      write: async (kept) => {
        const isKey = (value: unknown): boolean => value instanceof CryptoKey
        if (!keepsKeys && Object.values(kept).some(isKey)) throw new DOMException('No keys here.', 'DataCloneError')
        return this.#unlessGone(durable.write(kept))
      },
      remove: (sessionId) => this.#unlessGone(durable.remove(sessionId)),
      keepsKeys,
      ...(hasLocks && {
        lock: <Result>(work: () => Promise<Result>, waitMs: number) => locks.run(name, holder, work, waitMs),
      }),
    }
  }

  async #unlessGone<Result>(work: Promise<Result>): Promise<Result> {
    const result = await work
    return this.isAlive ? result : new Promise(() => undefined)
  }
}

// As script finds it: plain http has names without a prefix.
const hintIn = (browser: Browser, baseUrl: URL): [string, string] | undefined =>
  [...browser.jar.visible(baseUrl)].find(([name]) => /^(__Host-)?latchkey-session$/.test(name))
