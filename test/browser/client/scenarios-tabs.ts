// What happens among the tabs of one profile, for any client.

import type { CDPSession } from 'playwright-core'
import { vi } from 'vitest'
import { Tab } from './profile.ts'
import type { Outcome } from './subject.ts'
import { lifetimeMs, type World } from './world.ts'

const callAll = (tabs: readonly Tab[]): Promise<number[]> => Promise.all(tabs.map((tab) => tab.call()))

/** So many tabs find at the same moment that the access token has expired. */
export const tabsAtExpiry =
  (count: number) =>
  async (world: World): Promise<Outcome> => {
    const profile = await world.profile()
    const tabs = await profile.signedIn(count)
    await profile.quiet()
    const watch = world.watch()
    await world.pass(lifetimeMs)
    return watch.outcome(await callAll(tabs), tabs)
  }

/** A hundred calls of one tab at once, with an expired token. */
export async function hundredCalls(world: World): Promise<Outcome> {
  const profile = await world.profile()
  const [tab] = await profile.signedIn(1)
  const watch = world.watch()
  await world.pass(lifetimeMs)
  return watch.outcome(await tab.calls(100), [tab])
}

/** A tab dies between its renewal and the answer; the other tab and a new one go on. `crash`: its process, instead of the tab alone. */
export const tabKilled =
  (how: 'close' | 'crash') =>
  async (world: World): Promise<Outcome> => {
    const profile = await world.profile()
    const [tab, other] = await profile.signedIn(2)
    if (other === undefined) throw new Error('there is one tab only')
    await profile.quiet()
    const watch = world.watch()
    const hold = world.site.board.hold('after')
    const sent = profile.next('request')
    await world.pass(lifetimeMs)
    // Whichever renews, by its timer or for this call.
    const lost = tab.call().catch(() => 0)
    await hold.reached
    // The server may hear of it before we are told which page it was.
    await vi.waitFor(() => {
      if (watch.renewals === 0) throw new Error('nobody has begun to renew')
    })
    const isOther = (await sent) === other.page
    await kill(isOther ? other : tab, how)
    await hold.abandoned
    hold.release()
    const survivor = isOther ? tab : other
    const first = isOther ? await lost : await survivor.call()
    const late = await profile.open()
    return watch.outcome([first, await late.call()], [survivor, late])
  }

async function kill({ page }: Tab, how: 'close' | 'crash'): Promise<void> {
  if (how === 'close') return page.close()
  const crashed = page.waitForEvent('crash')
  const session: CDPSession = await page.context().newCDPSession(page)
  // The process that would answer is gone.
  session.send('Page.crash').catch(() => undefined)
  await crashed
}

/** Two windows of one profile, one opened from the other, and both used. */
export async function twoWindows(world: World): Promise<Outcome> {
  const profile = await world.profile()
  const [first] = await profile.signedIn(1)
  const opened = profile.context.waitForEvent('page')
  await first.page.evaluate("void window.open('/app.html', '', 'noopener,popup,width=500,height=400')")
  const page = await opened
  await page.waitForLoadState()
  const second = new Tab(page)
  profile.tabs.push(second)
  const statuses = await callAll([first, second])
  const watch = world.watch()
  for (let round = 0; round < 3; round += 1) {
    await world.pass(lifetimeMs)
    statuses.push(...(await callAll([second, first])))
  }
  return watch.outcome(statuses, [first, second])
}

/** The only tab is hidden for four lifetimes of an access token, and nobody calls; then it is shown and used. */
export async function hiddenTab(world: World): Promise<Outcome> {
  const profile = await world.profile()
  const [tab] = await profile.signedIn(1)
  await profile.quiet()
  const watch = world.watch()
  await show(tab, 'hidden')
  await world.live(4 * lifetimeMs, lifetimeMs / 10)
  await show(tab, 'visible')
  return watch.outcome([await tab.call()], [tab])
}

/** Tells the page that it is hidden or shown: in a browser without a screen every tab is shown. */
export async function show({ page }: Tab, visibility: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate(`(() => {
    Object.defineProperty(document, 'visibilityState', { value: '${visibility}', configurable: true })
    Object.defineProperty(document, 'hidden', { value: ${visibility === 'hidden'}, configurable: true })
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
  })()`)
}
