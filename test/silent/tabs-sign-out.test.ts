// Sign-out: at once and everywhere in this browser, also where the server cannot be told, and whatever is still on its
// way.

import { describe, expect, it } from 'vitest'
import { firstOf, goesOn, passes, renewalsIn, signedInTab, signedInTabs } from './tabs-begin.ts'
import { bodyStorage } from './storages.ts'
import { credentials, hold, html, withWorld, type Tab, type World } from './world/index.ts'

const lifeMs = 600_000

const statuses = (tabs: readonly Tab[]): string[] => tabs.map(({ client }) => client.state.status)
const ends = (tabs: readonly Tab[]): string[][] => tabs.map((tab) => tab.toldOf('ended').map(({ reason }) => reason))

/** Nothing is left of it here: no record, no token that is sent along. */
async function expectGone(world: World, tab: Tab): Promise<void> {
  const { browser, server } = world
  expect(browser.storage().records).toEqual([])
  await expect(tab.client.getAccessToken()).rejects.toMatchObject({ code: 'SignedOut' })
  expect(tab.client.state).toEqual({ status: 'anonymous', degraded: false, sessionId: null, subject: null })
  const before = server.requests.length
  expect((await tab.client.fetch('/open/echo')).status).toBe(200)
  expect(server.requests.slice(before).map(({ path, headers }) => [path, headers.authorization])).toEqual([
    ['/open/echo', undefined],
  ])
}

describe('sign-out', () => {
  it('reaches all tabs, and each tells it once (C20, C48)', () =>
    withWorld({}, async (world) => {
      const tabs = await signedInTabs(world, 4)
      const { sessionId } = firstOf(tabs).client.state
      expect(await firstOf(tabs).client.signOut()).toEqual({ revoked: true })
      await world.settle()
      expect(statuses(tabs)).toEqual(tabs.map(() => 'anonymous'))
      expect(tabs.map((tab) => tab.toldOf('ended'))).toEqual(tabs.map(() => [{ sessionId, reason: 'signed_out' }]))
      for (const tab of tabs) await expectGone(world, tab)
      expect(world.browser.jar.header(new URL(world.server.url))).toBe('')
    }))

  it('shows in this tab before the server has answered (C20)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const tabs = await signedInTabs(world, 2)
      const held = hold('request')
      server.next('/logout', held)
      const going = firstOf(tabs).client.signOut()
      expect(firstOf(tabs).client.state.status).toBe('anonymous')
      await held.arrived
      await settle()
      expect(statuses(tabs)).toEqual(['anonymous', 'anonymous'])
      held.release()
      expect(await going).toEqual({ revoked: true })
    }))

  it('is found by a page that comes back from the cache and has heard nothing (C20)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const tabs = await signedInTabs(world, 2)
      const [, frozen] = tabs
      browser.hub.isHeld = true
      await firstOf(tabs).client.signOut()
      await settle()
      expect(frozen?.client.state.status).toBe('authenticated')
      const renewals = await renewalsIn(world, async () => {
        frozen?.wake()
        await settle()
        expect(frozen?.client.state.status).toBe('anonymous')
      })
      expect([renewals, ends(tabs)]).toEqual([0, [['signed_out'], ['signed_out']]])
      browser.hub.release()
      await settle()
      expect(ends(tabs)).toEqual([['signed_out'], ['signed_out']])
    }))

  it('reaches tabs of body mode through their storage and the channel (C20)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const tabs = [1, 2].map((number) => browser.openTab({ storage: bodyStorage(browser, number) }))
      await firstOf(tabs).client.signIn(credentials)
      await settle()
      await tabs[1]?.client.restore()
      expect(statuses(tabs)).toEqual(['authenticated', 'authenticated'])
      await firstOf(tabs).client.signOut()
      await settle()
      expect([statuses(tabs), browser.storage('body').records]).toEqual([['anonymous', 'anonymous'], []])
    }))
})

describe('sign-out while a renewal is on its way', () => {
  it.each([['request'], ['answer']] as const)('lets nothing of it live on, %s waiting (C22)', (what) =>
    withWorld({}, async (world) => {
      const { server, settle, browser } = world
      const tab = await signedInTab(world)
      passes(world, lifeMs)
      const held = hold(what)
      server.next('/token', held)
      const asked = tab.client.getAccessToken().then(
        () => 'a token',
        ({ code }: { code: string }) => code,
      )
      await held.arrived
      const left = tab.client.signOut()
      await settle()
      expect(tab.client.state.status).toBe('anonymous')
      held.release()
      expect([await asked, await left]).toEqual(['SignedOut', { revoked: true }])
      await settle()
      expect([browser.jar.header(new URL(server.url)), ends([tab])]).toEqual(['', [['signed_out']]])
      await expectGone(world, tab)
    }),
  )

  it.each([['request'], ['answer']] as const)('in another tab lets nothing of it live on, %s waiting (C22)', (what) =>
    withWorld({}, async (world) => {
      const { server, settle, browser } = world
      const tabs = await signedInTabs(world, 2)
      const [first, second] = tabs
      passes(world, lifeMs)
      const held = hold(what)
      server.next('/token', held)
      const asked = second?.client.getAccessToken().then(
        () => 'a token',
        ({ code }: { code: string }) => code,
      )
      await held.arrived
      const left = first?.client.signOut()
      await settle()
      expect(statuses(tabs)).toEqual(['anonymous', 'anonymous'])
      held.release()
      await goesOn(world, tabs, 6000)
      await left
      expect(['SignedOut', 'RefreshRejected']).toContain(await asked)
      await settle()
      expect(ends(tabs)).toEqual([['signed_out'], ['signed_out']])
      for (const tab of tabs) await expectGone(world, tab)
      const later = browser.openTab()
      expect((await later.client.restore()).status).toBe('anonymous')
    }),
  )

  it('and a sign-in right after it belong to different sessions (C21, C22)', () =>
    withWorld({}, async (world) => {
      const { server } = world
      const tab = await signedInTab(world)
      passes(world, lifeMs)
      const held = hold('answer')
      server.next('/token', held)
      const asked = tab.client.getAccessToken().catch(({ code }: { code: string }) => code)
      await held.arrived
      const left = tab.client.signOut()
      const entered = tab.client.signIn({ ...credentials, username: 'grace' })
      held.release()
      await Promise.all([left, entered])
      await world.settle()
      expect(['SignedOut', await tab.client.getAccessToken()]).toContain(await asked)
      expect(tab.client.state).toMatchObject({ status: 'authenticated', subject: 'id-of-grace' })
      expect(await (await tab.client.fetch('/me')).json()).toEqual({ subject: 'id-of-grace' })
      expect(server.told('reuse')).toBe(0)
    }))
})

describe('sign-out without a server', () => {
  const troubles = [
    ['no network', ({ browser }: World): void => browser.goOffline()],
    ['a captive portal', ({ server }: World): void => void server.always('/logout', html())],
    ['an outage', ({ server }: World): void => void server.always('/logout', html(503))],
  ] as const

  it.each(troubles)(
    'ends it here and in all tabs at once, and says that the server could not be told: %s (C36)',
    (_name, make) =>
      withWorld({}, async (world) => {
        const { browser, settle } = world
        const tabs = await signedInTabs(world, 2)
        make(world)
        expect(await firstOf(tabs).client.signOut()).toEqual({ revoked: false })
        await settle()
        expect([statuses(tabs), ends(tabs)]).toEqual([
          ['anonymous', 'anonymous'],
          [['signed_out'], ['signed_out']],
        ])
        expect(browser.storage().records).toEqual([])
        await expect(firstOf(tabs).client.getAccessToken()).rejects.toMatchObject({ code: 'SignedOut' })
      }),
  )

  it('stays signed out when the page is opened again, though the cookie is still there (C28, C36)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tab = await signedInTab(world)
      browser.goOffline()
      await tab.client.signOut()
      tab.kill()
      browser.goOnline()
      await settle()
      const later = browser.openTab()
      const before = server.count('/token')
      expect((await later.client.restore()).status).toBe('anonymous')
      expect(server.count('/token')).toBe(before)
      await expectGone(world, later)
    }))

  it('does not hang where the server never answers (C36)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const tab = await signedInTab(world)
      const held = hold('request')
      server.next('/logout', held)
      const going = tab.client.signOut()
      await held.arrived
      await settle()
      await goesOn(world, [tab], 8000)
      expect(await going).toEqual({ revoked: false })
      held.drop()
    }))

  it('may be said twice, or by nobody (C36, C48)', () =>
    withWorld({}, async (world) => {
      const tab = await signedInTab(world)
      await Promise.all([tab.client.signOut(), tab.client.signOut()])
      await tab.client.signOut()
      await world.settle()
      expect([tab.client.state.status, ends([tab])]).toEqual(['anonymous', [['signed_out']]])
      const visitor = world.openBrowser().openTab()
      await visitor.client.signOut()
      expect([visitor.client.state.status, ends([visitor])]).toEqual(['anonymous', [[]]])
      expect(world.server.told('reuse')).toBe(0)
    }))
})
