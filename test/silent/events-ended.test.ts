// The end of a session, told with its reason and once in each tab, however many ways lead there.

import { describe, expect, it } from 'vitest'
import { askAll, firstOf, passes, signedInTabs } from './tabs-begin.ts'
import {
  answer,
  credentials,
  failure,
  problem,
  signedIn,
  withWorld,
  type Browser,
  type Tab,
  type World,
} from './world/index.ts'

const lifeMs = 600_000
const dayMs = 86_400_000

/** Every tab was told once, of this session and for this reason, and nobody is signed in. */
function expectEnded(tabs: readonly Tab[], sessionId: string | null, reason: string): void {
  expect(tabs.map((tab) => tab.toldOf('ended'))).toEqual(tabs.map(() => [{ sessionId, reason }]))
  expect(tabs.map(({ client }) => client.state.status)).toEqual(tabs.map(() => 'anonymous'))
}

/** All tabs try at once, and then again: an end must not be told twice. */
async function tryTwice(world: World, tabs: readonly Tab[]): Promise<void> {
  for (let time = 1; time <= 2; time += 1) {
    await Promise.all(tabs.map(({ client }) => client.getAccessToken().catch(() => undefined)))
    await world.settle()
    for (const tab of tabs) tab.wake()
    await world.settle()
  }
}

const revoke = (world: World, { client: { state } }: Tab): Promise<boolean> =>
  world.server.latchkey.revoke('id-of-ada', String(state.sessionId))

describe('ended', () => {
  const ways: readonly (readonly [
    reason: string,
    work: (world: World, tabs: readonly Tab[]) => Promise<unknown> | void,
  ])[] = [
    ['signed_out', (_world, tabs) => firstOf(tabs).client.signOut()],
    ['expired', (world) => passes(world, 31 * dayMs)],
    ['revoked', (world, tabs) => revoke(world, firstOf(tabs)).then(() => passes(world, lifeMs))],
    ['reuse_detected', ({ server }) => server.next('/token', problem(403, 'reuse'))],
    ['revoked', ({ server }) => server.next('/token', problem(403, 'invalid'))],
  ]

  it.each(ways)('says %s, once in each tab (C48)', (reason, work) =>
    withWorld({}, async (world) => {
      const tabs = await signedInTabs(world, 3)
      const { sessionId } = firstOf(tabs).client.state
      await work(world, tabs)
      await world.settle()
      if (world.server.told('revoked') === 0) passes(world, lifeMs)
      await tryTwice(world, tabs)
      expectEnded(tabs, sessionId, reason)
    }),
  )

  it('says expired also without a timer, at the first need after a long absence (C23, C48)', () =>
    withWorld({}, async (world) => {
      const tabs = await signedInTabs(world, 1)
      const { sessionId } = firstOf(tabs).client.state
      passes(world, 31 * dayMs)
      await expect(firstOf(tabs).client.getAccessToken()).rejects.toMatchObject({
        code: 'RefreshRejected',
        reason: 'expired',
      })
      await world.settle()
      expectEnded(tabs, sessionId, 'expired')
    }))

  it('says reuse_detected where a plain session comes with an old token (C48)', () =>
    withWorld({}, async (world) => {
      const tabs = await signedInTabs(world, 1, { proof: 'plain' })
      const old = world.browser.jar.copy()
      for (let life = 1; life <= 2; life += 1) {
        passes(world, lifeMs)
        expect(await askAll(tabs)).toEqual([200])
      }
      // A backup of the profile, or a thief.
      const other = [1, 2].map(() => world.openBrowser(old).openTab({ proof: 'plain' }))
      await Promise.all(other.map(({ client }) => client.restore()))
      await world.settle()
      expect(other.map((tab) => tab.toldOf('ended').map(({ reason }) => reason)).flat()).toContain('reuse_detected')
      // Who had not yet known of anybody has nothing to tell; nobody tells it twice.
      expect(other.filter((tab) => tab.toldOf('ended').length > 1)).toEqual([])
      expect(other.map(({ client }) => client.state.status)).toEqual(['anonymous', 'anonymous'])
      expect(world.server.told('reuse')).toBe(1)
    }))

  it('says replaced in every tab when somebody signs in over it, and all go on with the new one (C48)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tabs = await signedInTabs(world, 3)
      const before = firstOf(tabs).client.state.sessionId
      await firstOf(tabs).client.signIn({ ...credentials, username: 'grace' })
      await settle()
      expect(tabs.map((tab) => tab.toldOf('ended'))).toEqual(
        tabs.map(() => [{ sessionId: before, reason: 'replaced' }]),
      )
      const shown = await Promise.all(tabs.map(async ({ client }) => (await client.fetch('/me')).json()))
      expect(shown).toEqual(tabs.map(() => ({ subject: 'id-of-grace' })))
      expect(tabs.map(({ client }) => client.state.subject)).toEqual(tabs.map(() => 'id-of-grace'))
      expect(tabs.map((tab) => tab.toldOf('ended').length)).toEqual([1, 1, 1])
      expect(browser.storage().records).toHaveLength(1)
      expect(server.told('reuse')).toBe(0)
    }))

  it('says replaced of the same user who signs in again (C48)', () =>
    withWorld({}, async (world) => {
      const tabs = await signedInTabs(world, 2)
      const before = firstOf(tabs).client.state.sessionId
      await firstOf(tabs).client.signIn(credentials)
      await world.settle()
      await askAll(tabs)
      expect(tabs.map((tab) => tab.toldOf('ended'))).toEqual(
        tabs.map(() => [{ sessionId: before, reason: 'replaced' }]),
      )
      expect(firstOf(tabs).client.state.sessionId).not.toBe(before)
    }))
})

describe('an end during an outage', () => {
  it.each([
    ['by the server', async (tab: Tab) => void (await failure(tab.client.getAccessToken()))],
    ['by the user', async (tab: Tab) => void (await tab.client.signOut())],
  ])('is told as that alone: nobody is anonymous and degraded, %s (C3, C48)', (_name, end) =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      passes(world, 600_000)
      const mend = world.server.always('/token', answer(503))
      await failure(tab.client.getAccessToken())
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: true })
      mend()
      await revoke(world, tab)
      passes(world, 60_000)
      await end(tab)
      await world.settle()
      const anonymous = tab.toldOf('change').filter(({ status }) => status === 'anonymous')
      expect(anonymous).toMatchObject([{ degraded: false }])
      expect(tab.toldOf('ended')).toHaveLength(1)
    }),
  )
})

describe('a browser that has lost the key of a session', () => {
  /** The cookie lives on, and whatever script had kept is gone: Safari after a week. */
  async function reopened({ browser, settle }: World): Promise<Browser> {
    const tab = browser.openTab()
    await tab.client.signIn(credentials)
    await settle()
    tab.kill()
    browser.storage().evict()
    return browser
  }

  it('says lost, never twice in a tab, and raises no alarm of theft by more than one try (C48)', () =>
    withWorld({}, async (world) => {
      const browser = await reopened(world)
      const tabs = [1, 2].map(() => browser.openTab())
      const [hint] = [...browser.jar.visible(new URL(browser.url)).values()]
      await tryTwice(world, tabs)
      // Who had not yet known of anybody has nothing to tell; nobody tells it twice.
      expect(tabs.flatMap((tab) => tab.toldOf('ended'))).toContainEqual({ sessionId: hint, reason: 'lost' })
      expect(tabs.filter((tab) => tab.toldOf('ended').length > 1)).toEqual([])
      expect(tabs.map(({ client }) => client.state.status)).toEqual(['anonymous', 'anonymous'])
      expect(world.server.told('unproved')).toBeLessThanOrEqual(1)
      expect(world.server.told('reuse')).toBe(0)
    }))

  it('leads back by a sign-in, and costs a visitor nothing until then (C28, C48)', () =>
    withWorld({}, async (world) => {
      const browser = await reopened(world)
      await browser.openTab().client.restore()
      await world.settle()
      const before = world.server.count('/token')
      const tab = browser.openTab()
      expect((await tab.client.restore()).status).toBe('anonymous')
      expect(world.server.count('/token')).toBe(before)
      await tab.client.signIn(credentials)
      passes(world, lifeMs)
      expect(await askAll([tab])).toEqual([200])
    }))

  it('goes on in a tab that still has the key (C48)', () =>
    withWorld({}, async (world) => {
      const tabs = await signedInTabs(world, 1)
      world.browser.storage().evict()
      passes(world, lifeMs)
      const went = await askAll(tabs).catch(({ code }: { code: string }) => code)
      const reasons = firstOf(tabs)
        .toldOf('ended')
        .map(({ reason }) => reason)
      // With the key in memory it goes on; without it, it says what has happened. It never does neither.
      expect([
        [[200], []],
        ['RefreshRejected', ['lost']],
      ]).toContainEqual([went, reasons])
    }))
})
