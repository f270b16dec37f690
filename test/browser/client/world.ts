// The stage of one scenario: a site, a browser, profiles in it, and time that passes for all of them at once.

import type { Browser } from 'playwright-core'
import { launch } from '../../helpers/browser.ts'
import { Profile, type Passing, type ProfileOptions, type Tab } from './profile.ts'
import { host, Site } from './site.ts'
import type { Outcome, Subject } from './subject.ts'

/** A little longer than an access token lives, in milliseconds. */
export const lifetimeMs = 601_000

/** A browser that finds our site, on whatever port it is, without these switches of Playwright's. */
export const launchBrowser = (without: readonly string[] = []): Promise<Browser> =>
  launch([`--host-resolver-rules=MAP ${host} 127.0.0.1`, '--ignore-certificate-errors'], without)

export class World {
  readonly browser: Browser
  readonly subject: Subject
  readonly site: Site
  readonly profiles: Profile[] = []

  constructor(browser: Browser, site: Site) {
    this.browser = browser
    this.subject = site.subject
    this.site = site
  }

  /** A new browser profile. */
  async profile(options: ProfileOptions = {}): Promise<Profile> {
    const profile = await Profile.open(this.browser, this.site, options)
    this.profiles.push(profile)
    return profile
  }

  /** Time passes, for the server and every page at the same moment. What is under way should be over: no time limit may run out in a jump. */
  async pass(ms: number, how: Passing = 'running'): Promise<void> {
    // Clocks are put forward one after the other: nobody may hear of a later time before everybody has it.
    const thaw = await this.site.board.freeze()
    try {
      await this.site.clock.pass(ms)
      await Promise.all(this.profiles.map((profile) => profile.jump(ms, how)))
    } finally {
      thaw()
    }
  }

  /** Time passes in steps, so small that pages live through them, and with `each` called after each. */
  async live(ms: number, stepMs: number, each: () => Promise<unknown> = async () => undefined): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.pass(stepMs)
      await each()
      await Promise.all(this.profiles.map((profile) => profile.quiet()))
    }
  }

  /** Closes the server and opens it again on the same port; with `setBack`, on the database as it was at `site.copy()`. */
  async restart({ setBack = false } = {}): Promise<void> {
    await this.site.close()
    if (setBack) this.site.setBack()
    await this.site.open()
  }

  /** Begins to count. */
  watch(): Watch {
    return new Watch(this)
  }

  async close(): Promise<void> {
    await Promise.all(this.profiles.map(({ context }) => context.close()))
    await this.site.remove()
  }
}

/** What happens from now on, in figures. */
export class Watch {
  readonly #world: World
  readonly #renewals: number

  constructor(world: World) {
    this.#world = world
    this.#renewals = this.#count()
  }

  /** How many renewals pages have begun since. */
  get renewals(): number {
    return this.#count() - this.#renewals
  }

  /** The outcome: what these calls were answered, and how these tabs stand. */
  async outcome(statuses: readonly number[], tabs: readonly Tab[]): Promise<Outcome> {
    const { renewals } = this
    const signedIn = await Promise.all(tabs.map((tab) => tab.isSignedIn()))
    return {
      signedOut: signedIn.filter((each) => !each).length,
      calls: statuses.length,
      succeeded: statuses.filter((status) => status === 200).length,
      renewals,
      alarms: this.#world.site.count('reuse'),
      unproved: this.#world.site.count('unproved'),
    }
  }

  #count(): number {
    return this.#world.profiles.reduce((sum, { renewals }) => sum + renewals, 0)
  }
}

/** Opens a stage for a subject, in this browser. */
const openWorld = async (browser: Browser, subject: Subject): Promise<World> =>
  new World(browser, await new Site(subject).open())

/** Runs a scenario on a stage of its own. */
export async function play<Result>(
  browser: Browser,
  subject: Subject,
  scenario: (world: World) => Promise<Result>,
): Promise<Result> {
  const world = await openWorld(browser, subject)
  try {
    return await scenario(world)
  } finally {
    await world.close()
  }
}
