// Somebody's browser profile (cookies, storage, network of its own) and its tabs, in a real Chromium. The clocks of its
// pages are Playwright's: they run on by themselves, and can be put forward or wrong.

import type { Browser, BrowserContext, Page, Request } from 'playwright-core'
import { vi } from 'vitest'
import type { PageApp } from './page-app.ts'
import { isRenewalOf, type Site } from './site.ts'

export interface ProfileOptions {
  /** By how much the device's clock is wrong. */
  readonly clockErrorMs?: number
  /** Leaves the pages' clocks alone, for what Playwright's do not survive. */
  readonly ownClock?: boolean
  /** Script that runs in each page before its own. */
  readonly before?: string
  /** What the profile finds there: somebody else's cookies and storage. */
  readonly storageState?: Awaited<ReturnType<BrowserContext['storageState']>>
}

/** How time passes for a device: all its clocks go on (what was due comes once, at the end), or elapsed time stands still meanwhile. */
export type Passing = 'running' | 'standing'

// In vain where there are none.
const locksInUse = `navigator.locks?.query().then(({ held, pending }) => [...held, ...pending].map(({ name }) => name)) ?? []`

// Whoever writes comes after all that was begun before; where databases are forbidden, nothing is at work.
const databasesAtRest = `(async () => {
  const done = (request, name) => new Promise((resolve, reject) => {
    request['on' + name] = () => resolve(request.result)
    request.onerror = request.onblocked = request.onabort = reject
  })
  for (const { name, version } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name, version), 'success')
    if (database.objectStoreNames.length > 0) await done(database.transaction(database.objectStoreNames, 'readwrite'), 'complete')
    database.close()
  }
})().catch(() => undefined)`

/** One tab with the subject's page in it. */
export class Tab {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  signIn = (): Promise<void> => this.#ask('signIn')
  signOut = (): Promise<void> => this.#ask('signOut')
  call = (): Promise<number> => this.#ask('call')
  isSignedIn = (): Promise<boolean> => this.#ask('isSignedIn')
  accessToken = (): Promise<string> => this.#ask('accessToken')
  ended = (): Promise<string[]> => this.page.evaluate<string[]>('app.ended')

  /** Many calls at once. */
  calls(count: number): Promise<number[]> {
    return this.page.evaluate<number[]>(`Promise.all(Array.from({ length: ${count} }, () => app.call()))`)
  }

  #ask<Result>(verb: Exclude<keyof PageApp, 'ended'>): Promise<Result> {
    return this.page.evaluate<Result>(`app.${verb}()`)
  }
}

export class Profile {
  readonly context: BrowserContext
  readonly tabs: Tab[] = []
  readonly #site: Site
  readonly #hasClock: boolean
  readonly #underWay = new Set<Request>()
  /** Requests for new tokens that pages have begun, those that never left the device among them. */
  renewals = 0

  private constructor(context: BrowserContext, site: Site, hasClock: boolean) {
    this.context = context
    this.#site = site
    this.#hasClock = hasClock
    context.on('request', (request) => this.#begun(request))
    // Not when it is finished: a body that nobody reads never is.
    context.on('response', (response) => void this.#underWay.delete(response.request()))
    context.on('requestfailed', (request) => void this.#underWay.delete(request))
  }

  static async open(browser: Browser, site: Site, options: ProfileOptions = {}): Promise<Profile> {
    const { clockErrorMs = 0, ownClock = false, before, storageState } = options
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      ...(storageState === undefined ? {} : { storageState }),
    })
    context.setDefaultTimeout(15_000)
    if (!ownClock) await context.clock.install({ time: site.clock.now() + clockErrorMs })
    if (before !== undefined) await context.addInitScript(before)
    return new Profile(context, site, !ownClock)
  }

  /** A new tab with the subject's page. */
  async open(): Promise<Tab> {
    return this.load(await this.context.newPage())
  }

  /** Loads the subject's page, anew where it is there already. */
  async load(page: Page): Promise<Tab> {
    await page.goto(`${this.#site.origin}/app.html`)
    const tab = this.tabs.find((each) => each.page === page) ?? new Tab(page)
    if (!this.tabs.includes(tab)) this.tabs.push(tab)
    return tab
  }

  /** A tab that signs in, and others that find the session; each has its access token. */
  async signedIn(count: number): Promise<[Tab, ...Tab[]]> {
    const first = await this.open()
    await first.signIn()
    const others = Array.from({ length: count - 1 }, async () => {
      const tab = await this.open()
      await tab.call()
      return tab
    })
    return [first, ...(await Promise.all(others))]
  }

  async closeTabs(): Promise<void> {
    await Promise.all(this.tabs.splice(0).map(({ page }) => page.close()))
  }

  /** Puts the clocks of all pages forward. */
  async jump(ms: number, how: Passing): Promise<void> {
    if (!this.#hasClock) return
    if (how === 'running') await this.context.clock.fastForward(ms)
    else await this.turnClock(ms)
  }

  /** Turns the wall clock alone, on or back. */
  async turnClock(ms: number): Promise<void> {
    const [tab] = this.tabs
    const now = (await tab?.page.evaluate<number>('Date.now()')) ?? this.#site.clock.now()
    await this.context.clock.setSystemTime(now + ms)
  }

  /** Waits until no tab does anything: no request waits for its answer, no database is at work, no lock is held or waited for. */
  async quiet(): Promise<void> {
    const look = async (): Promise<void> => {
      await Promise.all(this.tabs.map(({ page }) => page.evaluate(databasesAtRest)))
      const [tab] = this.tabs
      const locks = (await tab?.page.evaluate<string[]>(locksInUse)) ?? []
      const waiting = [...this.#underWay].map((request) => request.url())
      if (waiting.length + locks.length > 0) throw new Error(`under way: ${[...waiting, ...locks].join(', ')}`)
    }
    await vi.waitFor(look, { timeout: 15_000, interval: 5 })
  }

  /** The page of the next renewal that is sent, or that fails without an answer. */
  next(event: 'request' | 'requestfailed'): Promise<Page> {
    const { promise, resolve } = Promise.withResolvers<Page>()
    const { context } = this
    const listen = (request: Request): void => {
      if (!this.#isRenewal(request)) return
      context.off(event as 'request', listen)
      resolve(request.frame().page())
    }
    context.on(event as 'request', listen)
    return promise
  }

  #begun(request: Request): void {
    this.#underWay.add(request)
    if (!this.#isRenewal(request)) return
    this.renewals += 1
  }

  #isRenewal(request: Request): boolean {
    return isRenewalOf(this.#site.subject, request.method(), new URL(request.url()))
  }
}
