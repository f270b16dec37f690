// Scenarios more, in which nobody waits: a page calls again and again while its network is in trouble, whether or not its
// earlier calls have come back, because some clients hold a call for as long as they try. And two in which the page is
// awake ahead of expiry: a table that only showed devices waking up would hide what timers are good for.

import type { Profile, Tab } from '../client/profile.ts'
import type { Outcome } from '../client/subject.ts'
import type { Fault } from '../client/switchboard.ts'
import { lifetimeMs, type Watch, type World } from '../client/world.ts'

const second = 1000
const minute = 60 * second
const stepMs = 10 * second
const apartMs = 1.5 * second
// Before the end of the token: no client renews ahead earlier than the one, or later than the other.
const aheadMs = 126 * second
const lateMs = 50 * second

interface Stage {
  readonly profile: Profile
  readonly tab: Tab
  readonly watch: Watch
}

async function stage(world: World): Promise<Stage> {
  const profile = await world.profile()
  const [tab] = await profile.signedIn(1)
  await profile.quiet()
  return { profile, tab, watch: world.watch() }
}

// A page that has answered has begun whatever its timers were to begin.
const heardOf = (tabs: readonly Tab[]) => (): Promise<unknown> =>
  Promise.all(tabs.map(({ page }) => page.evaluate('undefined')))

/** The page calls in each step, for as long as this, and on until all of its calls have come to something. */
async function calling(world: World, tab: Tab, ms: number): Promise<void> {
  const early: Promise<number>[] = []
  await world.live(ms, stepMs, async () => void early.push(tab.call()))
  const waiting = { isOver: false }
  void Promise.all(early).finally(() => {
    waiting.isOver = true
  })
  for (let passed = 0; !waiting.isOver; passed += stepMs) {
    if (passed > 5 * minute) throw new Error('a call waits for ever')
    await world.live(stepMs, stepMs, heardOf([tab]))
  }
}

/** What the user meets when all is well again: at once, and two minutes later. */
async function afterwards(world: World, { tab, watch }: Stage): Promise<Outcome> {
  const first = await tab.call()
  await world.live(2 * minute, stepMs, heardOf([tab]))
  return watch.outcome([first, await tab.call()], [tab])
}

/** So many tabs, opened one after the other, are shown and awake while the access token comes to its end; then each calls. */
export const tabsAwake =
  (count: number) =>
  async (world: World): Promise<Outcome> => {
    const profile = await world.profile()
    const [first] = await profile.signedIn(1)
    const watch = world.watch()
    // Nobody renews as early as this.
    await world.live(lifetimeMs - aheadMs - count * apartMs, stepMs, heardOf([first]))
    // Timers of tabs that were opened at one moment would all go off at one moment.
    const tabs = [first]
    while (tabs.length < count) {
      await world.pass(apartMs)
      tabs.push(await profile.open())
    }
    await world.live(aheadMs - lateMs, apartMs, heardOf(tabs))
    await world.live(lateMs, stepMs, heardOf(tabs))
    return watch.outcome(await Promise.all(tabs.map((tab) => tab.call())), tabs)
  }

/** A page is awake; for about a minute, with the end of the token near and not there, renewals meet this fault. */
export const troubleAhead =
  (fault: Fault) =>
  async (world: World): Promise<Outcome> => {
    const on = await stage(world)
    await world.live(lifetimeMs - 110 * second, stepMs, heardOf([on.tab]))
    world.site.board.break('renewals', fault)
    await calling(world, on.tab, minute)
    world.site.board.mend()
    return afterwards(world, on)
  }

/** The device wakes up with an expired token, and for about a minute renewals meet this fault. */
export const troubleAtWaking =
  (fault: Fault) =>
  async (world: World): Promise<Outcome> => {
    const on = await stage(world)
    world.site.board.break('renewals', fault)
    await world.pass(lifetimeMs)
    await calling(world, on.tab, minute)
    world.site.board.mend()
    return afterwards(world, on)
  }

/** The device is offline for ten minutes, and the token expires meanwhile. */
export async function offline(world: World): Promise<Outcome> {
  const on = await stage(world)
  await world.live(5 * minute, stepMs, heardOf([on.tab]))
  await on.profile.context.setOffline(true)
  await calling(world, on.tab, 10 * minute)
  await on.profile.context.setOffline(false)
  return afterwards(world, on)
}
