// One profile of a browser, shared by its tabs: cookies, durable storage, locks, messages, and whether there is a
// network. No clock here: each tab has its own.

import { Tab, type TabOptions } from './tab.ts'
import { DurableStorage } from './durable.ts'
import { TabClock } from './clock.ts'
import { Hub } from './hub.ts'
import { Jar } from './jar.ts'
import { Locks } from './locks.ts'
import { fetchOf, type Sent } from './network.ts'

export interface BrowserOptions {
  /** Where the router and the pages are. */
  readonly url: string
  /** What the time is where nothing else is said: the server's clock. */
  readonly now: () => number
}

export class Browser {
  readonly url: string
  readonly jar: Jar
  readonly locks: Locks = new Locks()
  readonly hub: Hub = new Hub()
  readonly sent: Sent[] = []
  readonly tabs: Tab[] = []
  readonly #now: () => number
  readonly #storages = new Map<string, DurableStorage>()
  /** `down`: every request fails, as without a network. `isOnline` is another matter: what the browser believes. */
  network: 'up' | 'down' = 'up'
  isOnline = true
  /** Web Locks, channels and storage of keys may be missing: an insecure page, an old engine, a private window. */
  hasLocks = true
  hasChannels = true
  keepsKeys = true
  /** Requests that have been sent and not been answered. */
  inFlight = 0
  /** Goes up with everything that happens here, so that a test can tell when nothing does. */
  activity = 0

  constructor({ url, now }: BrowserOptions, jar: Jar = new Jar()) {
    this.url = url
    this.#now = now
    this.jar = jar
  }

  /** `fetch` of a page of this browser that belongs to none of the tabs. */
  readonly fetchOfPage: typeof fetch = (input, init) =>
    fetchOf(this, { tab: 0, clock: new TabClock(0), isAlive: () => true }, this.url)(input, init)

  /** What is kept durably under this name; the first, where no name is given. */
  storage(name?: string): DurableStorage {
    const wanted = name ?? [...this.#storages.keys()][0] ?? ''
    const storage = this.#storages.get(wanted) ?? new DurableStorage()
    this.#storages.set(wanted, storage)
    return storage
  }

  openTab(options: TabOptions = {}): Tab {
    const tab = new Tab(this, this.tabs.length + 1, this.#now() + (options.clockOffsetMs ?? 0), options)
    this.tabs.push(tab)
    return tab
  }

  /** The network goes, and the browser says so. */
  goOffline(): void {
    this.network = 'down'
    this.isOnline = false
  }

  /** The network is back, and the browser tells its tabs. */
  goOnline(): void {
    this.network = 'up'
    this.isOnline = true
    for (const tab of this.tabs) tab.wake(true)
  }

  /** How many requests to this path scripts have made, whether or not they got anywhere. */
  count(path: string): number {
    return this.sent.filter(({ url }) => new URL(url).pathname === path).length
  }

  /** A number that changes whenever anything happens here. */
  get pulse(): number {
    const storages = [...this.#storages.values()].reduce((sum, { done }) => sum + done.length, 0)
    const timers = this.tabs.reduce((sum, { clock }) => sum + clock.asked.length, 0)
    return this.activity + this.hub.activity + this.hub.messages.length + this.locks.events.length + storages + timers
  }
}
