// Sign-out in one tab and the others, one of them in the back-forward cache of a real Chromium. The mistake it prevents: a
// page that comes back as it was, signed in, after its user has signed out.

import { expect, it } from 'vitest'
import { inChromium } from './in-chromium.ts'
import { keyed } from './ours.ts'
import type { Tab } from './profile.ts'
import { lifetimeMs, type World } from './world.ts'

// Known before the page's own script, so that it runs first, as the page shows itself first.
const remember = `(() => {
  window.shown = []
  window.born = Math.random()
  addEventListener('pageshow', ({ persisted }) => shown.push(persisted))
})()`

interface Restored {
  readonly isSamePage: boolean
  readonly persisted: readonly boolean[]
  readonly ended: readonly string[]
  readonly isSignedIn: boolean
  readonly called: number
}

const leave = async (world: World, { page }: Tab): Promise<void> =>
  void (await page.goto(`${world.site.origin}/other.html`))
const comeBack = async ({ page }: Tab): Promise<void> => void (await page.goBack({ waitUntil: 'commit' }))

/** A page is left, something happens in another tab, and the page is gone back to. */
const goBackAfter =
  (what: (world: World, other: Tab) => Promise<void>) =>
  async (world: World): Promise<Restored> => {
    const profile = await world.profile({ ownClock: true, before: remember })
    const [tab, other] = await profile.signedIn(2)
    if (other === undefined) throw new Error('there is one tab only')
    await profile.quiet()
    const born = await tab.page.evaluate<number>('born')
    await leave(world, tab)
    await what(world, other)
    await comeBack(tab)
    // Shown once more, or made anew.
    await expect.poll(() => tab.page.evaluate(`window.app && (born !== ${born} || shown.length > 1)`)).toBe(true)
    const called = await tab.call()
    return {
      isSamePage: born === (await tab.page.evaluate<number>('born')),
      persisted: await tab.page.evaluate<boolean[]>('shown'),
      ended: await tab.ended(),
      isSignedIn: await tab.isSignedIn(),
      called,
    }
  }

interface Offline {
  readonly told: unknown
  readonly isSignedIn: boolean
  readonly called: number | undefined
}

/** Signs out without a network; the page is loaded anew when it is back. */
async function signOutOffline(world: World): Promise<Offline> {
  const profile = await world.profile()
  const [tab, other] = await profile.signedIn(2)
  await profile.context.setOffline(true)
  const told = await tab.page.evaluate('client.signOut()')
  await expect.poll(() => other?.ended()).toEqual(['signed_out'])
  await profile.context.setOffline(false)
  await profile.load(tab.page)
  return { told, isSignedIn: await tab.isSignedIn(), called: await other?.call() }
}

interface Heard {
  readonly ended: readonly string[]
  readonly statuses: readonly number[]
  readonly renewals: number
  readonly revoked: number
}

/** One of four tabs signs out; then all call. */
async function signOutAmongFour(world: World): Promise<Heard> {
  const profile = await world.profile()
  const tabs = await profile.signedIn(4)
  await tabs[0].signOut()
  const watch = world.watch()
  const ended = (): Promise<string[][]> => Promise.all(tabs.map((tab) => tab.ended()))
  await expect.poll(async () => (await ended()).flat().length).toBe(4)
  const statuses = await Promise.all(tabs.map((tab) => tab.call()))
  const { renewals } = watch
  return { ended: (await ended()).flat(), statuses, renewals, revoked: world.site.count('revoked') }
}

const fromTheCache = { isSamePage: true, persisted: [false, true] }
const nothing = async (): Promise<void> => undefined

inChromium(
  'tabs and history',
  (run) => {
    it('a page comes back out of the back-forward cache, which the client does not keep it out of (C20)', async () => {
      expect(await run(keyed, goBackAfter(nothing))).toEqual({
        ...fromTheCache,
        ended: [],
        isSignedIn: true,
        called: 200,
      })
    })

    it('it stays there while another tab renews, and goes on with what that one got (C20)', async () => {
      const renew = async (world: World, other: Tab): Promise<void> => {
        await world.pass(lifetimeMs)
        expect(await other.call()).toBe(200)
      }
      expect(await run(keyed, goBackAfter(renew))).toEqual({
        ...fromTheCache,
        ended: [],
        isSignedIn: true,
        called: 200,
      })
    })

    it('it knows of a sign-out in another tab meanwhile, also one that the server has not heard of (C20, C36)', async () => {
      const signOut = async ({ site }: World, other: Tab): Promise<void> => {
        site.board.break('all', 'cut')
        await other.signOut()
        site.board.mend()
      }
      const restored = await run(keyed, goBackAfter(signOut))
      expect(restored).toMatchObject({ ...fromTheCache, isSignedIn: false, called: 401 })
      expect(restored.ended.length).toBe(1)
    })

    it('a sign-out that the server has heard of takes it out of the cache: it is loaded anew, signed out (C20)', async () => {
      const restored = await run(
        keyed,
        goBackAfter((_world, other) => other.signOut()),
      )
      expect(restored).toEqual({ isSamePage: false, persisted: [false], ended: [], isSignedIn: false, called: 401 })
    })

    it('a sign-out without a network is one here and in all tabs, and says that the server has not heard of it (C36)', async () => {
      expect(await run(keyed, signOutOffline)).toEqual({ told: { revoked: false }, isSignedIn: false, called: 401 })
    })

    it('a sign-out reaches every open tab at once, and nobody renews after it (C20, C22)', async () => {
      const { ended, statuses, renewals, revoked } = await run(keyed, signOutAmongFour)
      expect(ended).toEqual(['signed_out', 'signed_out', 'signed_out', 'signed_out'])
      expect(statuses).toEqual([401, 401, 401, 401])
      expect([renewals, revoked]).toEqual([0, 1])
    })
  },
  ['--disable-back-forward-cache'],
)
