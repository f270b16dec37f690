// Tabs that find the token expired together, while the lock between them works: one of them renews, and the lock is
// held for that one network call and for nothing else.

import { describe, expect, it } from 'vitest'
import { askAll, expectNoAlarm, goesOn, passes, renewalsIn, signedInTab, signedInTabs } from './tabs-begin.ts'
import { hold, withWorld, type Browser, type Fault } from './world/index.ts'

const lifeMs = 600_000
const good = (count: number): number[] => Array.from({ length: count }, () => 200)

/** Writes down what is done, and whether it is done under the lock. */
function traceOf(browser: Browser): { readonly trace: string[]; readonly asked: Fault } {
  const trace: string[] = []
  const add = (what: string): void => void trace.push(`${what} ${browser.locks.isHeld ? 'under' : 'without'} the lock`)
  browser.storage().before = add
  const asked: Fault = (_req, _res, pass) => {
    add('token')
    pass()
  }
  return { trace, asked }
}

describe('tabs that share a lock', () => {
  it.each([['session_key'], ['plain']] as const)(
    'renew once for twenty that find the token expired, %s (C14)',
    (proof) =>
      withWorld({}, async (world) => {
        const tabs = await signedInTabs(world, 20, { proof })
        for (let life = 1; life <= 3; life += 1) {
          passes(world, lifeMs)
          expect(await renewalsIn(world, async () => expect(await askAll(tabs)).toEqual(good(20)))).toBe(1)
        }
        expectNoAlarm(world, tabs)
      }),
  )

  it('reads under the lock before it asks, and writes before it lets go or tells anybody (C14, C35)', () =>
    withWorld({}, async (world) => {
      const tab = await signedInTab(world)
      const { trace, asked } = traceOf(world.browser)
      let told = -1
      passes(world, lifeMs)
      world.server.next('/token', asked)
      const { messages } = world.browser.hub
      const before = messages.length
      const note = world.browser.storage().before
      world.browser.storage().before = (verb) => {
        if (verb === 'write') told = messages.length
        return note(verb)
      }
      expect((await tab.client.fetch('/me')).status).toBe(200)
      const read = trace.indexOf('read under the lock')
      const token = trace.indexOf('token under the lock')
      expect(read).toBeGreaterThanOrEqual(0)
      expect(token).toBeGreaterThan(read)
      expect(trace.indexOf('write under the lock')).toBeGreaterThan(token)
      expect(trace).not.toContain('write without the lock')
      expect([told, messages.length]).toEqual([before, before + 1])
    }))

  it('does not ask again where another tab was quicker, though its message is late (C14)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tabs = await signedInTabs(world, 2)
      passes(world, lifeMs)
      const held = hold('answer')
      server.next('/token', held)
      const first = tabs[0]?.client.fetch('/me')
      await held.arrived
      const second = tabs[1]?.client.fetch('/me')
      await settle()
      expect(browser.locks.events.filter(({ what }) => what === 'asked').length).toBeGreaterThanOrEqual(2)
      const renewals = await renewalsIn(world, async () => {
        held.release()
        expect([(await first)?.status, (await second)?.status]).toEqual([200, 200])
      })
      expect(renewals).toBe(0)
      expectNoAlarm(world, tabs)
    }))

  it('lets go before a listener is called and before the request itself is made (C15)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tab = await signedInTab(world)
      const seen: boolean[] = []
      tab.client.on('refreshed', () => void seen.push(browser.locks.isHeld))
      passes(world, lifeMs)
      const held = hold('request')
      server.next('/me', held)
      const going = tab.client.fetch('/me')
      await held.arrived
      await settle()
      expect([browser.locks.isHeld, seen]).toEqual([false, [false]])
      held.release()
      expect((await going).status).toBe(200)
    }))

  it('gives the lock back when the server does not answer within eight seconds (C15)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tab = await signedInTab(world)
      passes(world, lifeMs)
      const held = hold('request')
      server.next('/token', held)
      const failed = expect(tab.client.getAccessToken()).rejects.toMatchObject({ code: 'Timeout' })
      await held.arrived
      await goesOn(world, [tab], 7900)
      expect(browser.locks.isHeld).toBe(true)
      await goesOn(world, [tab], 100)
      await failed
      await settle()
      expect([browser.locks.isHeld, tab.client.state.status, tab.client.state.degraded]).toEqual([
        false,
        'authenticated',
        true,
      ])
      held.drop()
    }))

  it.each([['request'], ['answer']] as const)(
    'goes on where the tab that renewed was killed, %s on its way (C14, C34)',
    (what) =>
      withWorld({}, async (world) => {
        const { server, settle } = world
        const tabs = await signedInTabs(world, 3)
        passes(world, lifeMs)
        const held = hold(what)
        server.next('/token', held)
        void tabs[0]?.client.fetch('/me')
        await held.arrived
        const others = tabs.slice(1)
        const going = askAll(others)
        await settle()
        tabs[0]?.kill()
        held.drop()
        expect(await going).toEqual([200, 200])
        expectNoAlarm(world, others)
      }),
  )
})
