// Tabs whose lock does not come, or does not exist. The lock saves requests and nothing depends on it: nobody waits for
// ever, nobody is robbed, nobody is signed out.

import type { ClientStorage } from 'latchkey/client'
import { describe, expect, it } from 'vitest'
import { askAll, expectNoAlarm, goesOn, passes, renewalsIn, signedInTab, signedInTabs } from './tabs-begin.ts'
import { refused, storageOf } from './storages.ts'
import { withWorld, type Browser } from './world/index.ts'

const lifeMs = 600_000
const waitMs = 6000

const asked = ({ locks }: Browser): number => locks.events.filter(({ what }) => what === 'asked').length

describe('a lock that somebody never lets go', () => {
  it.each([['session_key'], ['plain']] as const)('is waited for six seconds, and then not at all, %s (C16)', (proof) =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tabs = await signedInTabs(world, 5, { proof })
      passes(world, lifeMs)
      browser.locks.occupy()
      const before = server.count('/token')
      const going = askAll(tabs)
      await settle()
      await goesOn(world, tabs, waitMs - 100)
      expect(server.count('/token')).toBe(before)
      await goesOn(world, tabs, 100)
      expect(await going).toEqual([200, 200, 200, 200, 200])
      expect(server.count('/token')).toBeGreaterThan(before)
      expectNoAlarm(world, tabs)
    }),
  )

  it('does not delay who still has a living token (C16, C32)', () =>
    withWorld({}, async (world) => {
      const tabs = await signedInTabs(world, 2)
      passes(world, lifeMs - 20_000)
      world.browser.locks.occupy()
      expect(await askAll(tabs)).toEqual([200, 200])
    }))

  it('is given up in favour of what another tab has got meanwhile (C16)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const tabs = await signedInTabs(world, 2)
      passes(world, lifeMs)
      browser.locks.occupy()
      const going = askAll(tabs)
      await settle()
      const renewals = await renewalsIn(world, async () => {
        await goesOn(world, tabs.slice(0, 1), waitMs)
        await goesOn(world, tabs.slice(1), waitMs)
        expect(await going).toEqual([200, 200])
      })
      expect(renewals).toBe(1)
    }))

  it('is asked for once more where the device has slept meanwhile (C17)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tab = await signedInTab(world)
      passes(world, lifeMs)
      const letGo = browser.locks.occupy()
      const before = { asked: asked(browser), tokens: server.count('/token') }
      const renewed = server.told('renewed')
      const going = tab.client.fetch('/me')
      await settle()
      expect(asked(browser)).toBe(before.asked + 1)
      server.clock.advance(3_600_000)
      tab.clock.sleep(3_600_000)
      await goesOn(world, [tab], waitMs)
      expect([asked(browser), server.count('/token')]).toEqual([before.asked + 2, before.tokens])
      letGo()
      expect((await going).status).toBe(200)
      expect([server.told('renewed'), browser.locks.events.at(-1)?.what]).toEqual([renewed + 1, 'released'])
      expectNoAlarm(world, [tab])
    }))

  it('is not asked for a third time: the call succeeds without it (C16, C17)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tab = await signedInTab(world)
      passes(world, lifeMs)
      browser.locks.occupy()
      const before = asked(browser)
      const going = tab.client.fetch('/me')
      await settle()
      server.clock.advance(3_600_000)
      tab.clock.sleep(3_600_000)
      await goesOn(world, [tab], waitMs)
      tab.clock.sleep(3_600_000)
      await goesOn(world, [tab], waitMs)
      expect((await going).status).toBe(200)
      expect(asked(browser)).toBe(before + 2)
      expectNoAlarm(world, [tab])
    }))

  it('is not given at all, as in a sandboxed frame, and nothing is lost (C16)', () =>
    withWorld({}, async (world) => {
      const storage = (name: string): ClientStorage => storageOf(world.browser.storage(name), { lock: refused })
      const tab = await signedInTab(world, { surroundings: { storage } })
      passes(world, lifeMs)
      expect(await askAll([tab])).toEqual([200])
      expectNoAlarm(world, [tab])
    }))
})

describe('tabs without a lock', () => {
  it.each([
    ['session_key', true],
    ['session_key', false],
    ['plain', true],
    ['plain', false],
  ] as const)('are all served and nobody is taken for a thief, %s, channels: %s (C18)', (proof, hasChannels) =>
    withWorld({}, async (world) => {
      Object.assign(world.browser, { hasLocks: false, hasChannels })
      const tabs = await signedInTabs(world, 6, { proof })
      for (let life = 1; life <= 3; life += 1) {
        passes(world, lifeMs)
        const renewals = await renewalsIn(world, async () => expect(await askAll(tabs)).not.toContain(401))
        expect(renewals).toBeLessThanOrEqual(6)
      }
      expect(world.browser.locks.events).toEqual([])
      expectNoAlarm(world, tabs)
    }),
  )
})
