// What clocks do, for any client.

import type { Passing } from './profile.ts'
import type { Outcome } from './subject.ts'
import { show } from './scenarios-tabs.ts'
import { lifetimeMs, type World } from './world.ts'

const hour = 3_600_000
export const day = 24 * hour

/** A laptop with two tabs is shut for a night. `standing`: the clock that counts elapsed time has not run meanwhile. */
export const laptopSleep =
  (how: Passing) =>
  async (world: World): Promise<Outcome> => {
    const profile = await world.profile()
    const tabs = await profile.signedIn(2)
    await profile.quiet()
    const watch = world.watch()
    await Promise.all(tabs.map((tab) => show(tab, 'hidden')))
    await world.pass(8 * hour, how)
    await Promise.all(tabs.map((tab) => show(tab, 'visible')))
    return watch.outcome(await Promise.all(tabs.map((tab) => tab.call())), tabs)
  }

/** The device's clock is wrong by this much, for five lifetimes of an access token; a call each two minutes. */
export const wrongClock =
  (clockErrorMs: number) =>
  async (world: World): Promise<Outcome> => {
    const profile = await world.profile({ clockErrorMs })
    const [tab] = await profile.signedIn(1)
    await profile.quiet()
    const watch = world.watch()
    const statuses: number[] = []
    await world.live(5 * lifetimeMs, lifetimeMs / 5, async () => statuses.push(await tab.call()))
    return watch.outcome(statuses, [tab])
  }

/** The device's clock is turned while the page is open, by this much, and back again; a call after each. */
export const clockTurned =
  (byMs: number) =>
  async (world: World): Promise<Outcome> => {
    const profile = await world.profile()
    const [tab] = await profile.signedIn(1)
    await profile.quiet()
    const watch = world.watch()
    const statuses: number[] = []
    for (const ms of [byMs, -byMs]) {
      await profile.turnClock(ms)
      statuses.push(await tab.call(), await tab.call())
    }
    return watch.outcome(statuses, [tab])
  }
