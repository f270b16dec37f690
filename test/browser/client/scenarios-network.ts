// What networks and servers do to a renewal, for any client.

import type { Profile, Tab } from './profile.ts'
import type { Outcome } from './subject.ts'
import type { Fault, Foreign } from './switchboard.ts'
import { lifetimeMs, type World } from './world.ts'

const second = 1000
const minute = 60 * second
const stepMs = 10 * second

interface Stage {
  readonly profile: Profile
  readonly tab: Tab
}

async function stage(world: World): Promise<Stage> {
  const profile = await world.profile()
  const [tab] = await profile.signedIn(1)
  await profile.quiet()
  return { profile, tab }
}

/** The server has renewed and its answer is lost; the network is well again at once, or after `outageMs`. */
export const answerLost =
  (outageMs: number) =>
  async (world: World): Promise<Outcome> => {
    const { profile, tab } = await stage(world)
    const { board } = world.site
    const watch = world.watch()
    board.break('renewals', 'lose')
    // The browser itself may send it once more before it gives up.
    const failed = profile.next('requestfailed')
    await world.pass(lifetimeMs)
    const called = tab.call()
    await failed
    // A cut line, from here on: the answer that was lost is the last that the server has given.
    if (outageMs > 0) board.break('renewals', 'cut')
    else board.mend()
    await called
    await world.live(outageMs, stepMs)
    board.mend()
    await world.live(10 * second, second)
    await world.live(2 * minute, stepMs)
    return watch.outcome([await tab.call()], [tab])
  }

/** The server is restarted after several renewals, with its database as it was before them. */
export async function databaseSetBack(world: World): Promise<Outcome> {
  const { tab } = await stage(world)
  world.site.copy()
  const watch = world.watch()
  const statuses: number[] = []
  const live = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      await world.pass(lifetimeMs)
      statuses.push(await tab.call())
    }
  }
  await live(4)
  await world.restart({ setBack: true })
  await live(2)
  return watch.outcome(statuses, [tab])
}

/** The device is offline for ten minutes, the page goes on calling, and the token expires meanwhile. */
export async function offlineForTenMinutes(world: World): Promise<Outcome> {
  const { profile, tab } = await stage(world)
  await world.pass(5 * minute)
  const watch = world.watch()
  await profile.context.setOffline(true)
  await world.live(10 * minute, stepMs, () => tab.call())
  await profile.context.setOffline(false)
  // Whatever the news begins is done in real time, before time is put forward again.
  await tab.call()
  await profile.quiet()
  await world.live(stepMs, stepMs)
  return watch.outcome([await tab.call()], [tab])
}

/** For ten minutes renewals meet this fault, while the page goes on calling; then all is well for two minutes. */
export const trouble =
  (fault: Fault, forMs: number = 10 * minute) =>
  async (world: World): Promise<Outcome> => {
    const { tab } = await stage(world)
    const watch = world.watch()
    world.site.board.break('renewals', fault)
    await world.pass(lifetimeMs)
    await world.live(forMs, stepMs, () => tab.call())
    world.site.board.mend()
    await world.live(2 * minute, stepMs)
    return watch.outcome([await tab.call()], [tab])
  }

const html = (status: number, more: Foreign['headers'] = {}): Foreign => ({
  status,
  headers: { 'Content-Type': 'text/html', ...more },
  body: '<!doctype html><title>Welcome to our network</title><p>Please accept the terms.',
})

/** Who may answer in the place of our server, by name. */
export const strangers = {
  'a captive portal with 200': html(200),
  'a captive portal with 403': html(403),
  'a proxy with 401': html(401),
  'a portal that leads elsewhere': html(302, { Location: 'https://portal.latchkey.test/' }),
  'an overloaded server with 503': html(503, { 'Retry-After': '20' }),
  'a limit with 429': html(429, { 'Retry-After': '30' }),
  'a broken server with 500': html(500),
} as const satisfies Readonly<Record<string, Foreign>>
