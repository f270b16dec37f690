// A server and the browsers that visit it, and time, which passes for all of them at once.

import { Browser } from './browser.ts'
import { openServer, type ServerOptions, type TestServer } from './server.ts'
import type { Jar } from './jar.ts'

export interface World {
  readonly server: TestServer
  readonly browser: Browser
  /** Another profile, or (with a copied jar) somebody who took the cookies. */
  readonly openBrowser: (jar?: Jar) => Browser
  /** All clocks go on by this much, tabs' timers fire on the way, and whatever follows comes to rest. */
  readonly advance: (ms: number) => Promise<void>
  /** The same in steps, for what sets its next timer only after the last has done its work. */
  readonly run: (ms: number, stepMs: number) => Promise<void>
  /** Resolves when nothing happens any more, but for what faults keep waiting. */
  readonly settle: () => Promise<void>
  readonly close: () => Promise<void>
}

/** A server and one browser; close it when done. */
async function openWorld(options: ServerOptions = {}): Promise<World> {
  const server = await openServer(options)
  const browsers: Browser[] = []
  const openBrowser = (jar?: Jar): Browser => {
    const browser = new Browser({ url: server.url, now: server.clock.now }, jar)
    browsers.push(browser)
    return browser
  }
  const browser = openBrowser()
  const settle = (): Promise<void> => rest(browsers, server)
  // From timer to timer: what one of them begins is done before the next is due, as it would be in real time.
  const advance = async (ms: number): Promise<void> => {
    for (let left = ms; ;) {
      const clocks = browsers.flatMap(({ tabs }) => tabs.filter(({ isAlive }) => isAlive).map(({ clock }) => clock))
      const next = Math.min(left, ...clocks.map(({ waiting: [first = left] }) => Math.max(0, first)))
      server.clock.advance(next)
      for (const clock of clocks) clock.advance(next)
      await settle()
      left -= next
      if (left <= 0) return
    }
  }
  const run = async (ms: number, stepMs: number): Promise<void> => {
    for (let left = ms; left > 0; left -= stepMs) await advance(Math.min(left, stepMs))
  }
  const close = async (): Promise<void> => {
    for (const { tabs } of browsers) for (const tab of tabs) tab.kill()
    await server.close()
  }
  return { server, browser, openBrowser, advance, run, settle, close }
}

/** Runs a test in a world of its own. */
export async function withWorld(options: ServerOptions, run: (world: World) => Promise<void>): Promise<void> {
  const world = await openWorld(options)
  try {
    await run(world)
  } finally {
    await world.close()
  }
}

const quietRounds = 6

// Nothing has happened for a few rounds of the event loop and of the threads that do the cryptography, and no request is
// on its way but those that a fault keeps.
async function rest(browsers: readonly Browser[], server: TestServer): Promise<void> {
  const pulse = (): number => browsers.reduce((sum, browser) => sum + browser.pulse, server.requests.length)
  const isBusy = (): boolean => browsers.reduce((sum, { inFlight }) => sum + inFlight, 0) > server.holding()
  let seen = pulse()
  for (let quiet = 0; quiet < quietRounds; quiet += 1) {
    await crypto.subtle.digest('SHA-256', new Uint8Array(1))
    await new Promise((resolve) => setImmediate(resolve))
    if (pulse() !== seen || isBusy()) quiet = -1
    seen = pulse()
  }
}
