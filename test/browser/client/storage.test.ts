// Browsers that keep nothing, or throw away what they kept, in a real Chromium. The mistakes it prevents: no sign-in at all
// in a private window, and a page that is neither signed in nor out when its key is gone.

import { expect, it } from 'vitest'
import { inChromium } from './in-chromium.ts'
import { evict } from './listening.ts'
import { keyed } from './ours.ts'
import { lifetimeMs, type World } from './world.ts'

/** Ways in which browsers refuse a database. */
const refusals = {
  'that has no IndexedDB': `delete window.indexedDB; delete Object.getPrototypeOf(window).indexedDB`,
  'whose IndexedDB throws': `IDBFactory.prototype.open = () => { throw new DOMException('denied', 'SecurityError') }`,
  'whose IndexedDB fails': `(() => {
    const open = IDBFactory.prototype.open
    IDBFactory.prototype.open = function () {
      const request = open.call(this, 'refused', 1)
      request.addEventListener('upgradeneeded', (event) => event.target.transaction.abort())
      return request
    }
  })()`,
} as const

interface Kept {
  readonly statuses: readonly number[]
  readonly ended: readonly string[]
  readonly warnings: number
}

/** Signs in, calls, lives on through expiry, and loads the page anew. */
const withoutDatabase =
  (before: string) =>
  async (world: World): Promise<Kept> => {
    const profile = await world.profile({ before })
    const tab = await profile.open()
    const warnings: string[] = []
    tab.page.on('console', (message) => {
      if (message.type() === 'warning') warnings.push(message.text())
    })
    await tab.signIn()
    const statuses = [await tab.call()]
    await world.pass(lifetimeMs)
    statuses.push(await tab.call(), await tab.call())
    const first = warnings.length
    await profile.load(tab.page)
    statuses.push(await tab.call())
    await world.pass(lifetimeMs)
    statuses.push(await tab.call())
    return { statuses, ended: await tab.ended(), warnings: first }
  }

interface Lost {
  readonly ended: readonly string[]
  readonly isSignedIn: boolean
  readonly called: number
  readonly renewals: number
  readonly again: number
}

/** The browser throws the key away, and the page is loaded anew; then the user signs in once more. */
async function keyEvicted(world: World): Promise<Lost> {
  const profile = await world.profile()
  const [tab] = await profile.signedIn(1)
  await profile.quiet()
  await evict(profile.context, tab.page, world.site.origin)
  await profile.load(tab.page)
  const isSignedIn = await tab.isSignedIn()
  const ended = await tab.ended()
  const watch = world.watch()
  const called = await tab.call()
  const { renewals } = watch
  await tab.signIn()
  await world.pass(lifetimeMs)
  return { ended, isSignedIn, called, renewals, again: await tab.call() }
}

/** The key goes while the page is open; what it holds in memory may carry it on, or not: it must know which. */
async function keyEvictedUnderThePage(world: World): Promise<Lost> {
  const profile = await world.profile()
  const [tab] = await profile.signedIn(1)
  await profile.quiet()
  await evict(profile.context, tab.page, world.site.origin)
  await world.pass(lifetimeMs)
  const called = await tab.call()
  const isSignedIn = await tab.isSignedIn()
  const ended = await tab.ended()
  const watch = world.watch()
  await tab.call()
  const { renewals } = watch
  await tab.signIn()
  await world.pass(lifetimeMs)
  return { ended, isSignedIn, called, renewals, again: await tab.call() }
}

inChromium('what a browser keeps', (run) => {
  for (const [words, before] of Object.entries(refusals)) {
    it(`a browser ${words} gets a session that lasts over reloads, and one warning (C42)`, async () => {
      const { statuses, ended, warnings } = await run(keyed, withoutDatabase(before))
      expect(statuses).toEqual([200, 200, 200, 200, 200])
      expect(ended).toEqual([])
      expect(warnings).toBe(1)
    })
  }

  it('a private window has a session of its own, and a visitor without one asks for no renewal (C28)', async () => {
    const [before, after] = await run(keyed, async (world) => {
      const own = await world.profile()
      const [tab] = await own.signedIn(1)
      const hidden = await world.profile()
      const other = await hidden.open()
      const visiting = [await tab.call(), await other.call(), await other.isSignedIn(), hidden.renewals]
      await other.signIn()
      await other.signOut()
      await world.pass(lifetimeMs)
      return [visiting, [await tab.call(), await other.call()]]
    })
    expect(before).toEqual([200, 401, false, 0])
    expect(after).toEqual([200, 401])
  })

  it('a page whose key was thrown away leads to the sign-in, says lost once, and asks nobody again', async () => {
    expect(await run(keyed, keyEvicted)).toEqual({
      ended: ['lost'],
      isSignedIn: false,
      called: 401,
      renewals: 0,
      again: 200,
    })
  })

  it('a page whose key is thrown away while it is open goes to the sign-in too', async () => {
    expect(await run(keyed, keyEvictedUnderThePage)).toEqual({
      ended: ['lost'],
      isSignedIn: false,
      called: 401,
      renewals: 0,
      again: 200,
    })
  })
})
