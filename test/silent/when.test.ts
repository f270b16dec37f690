// When a session is renewed: on need, always, whether or not a timer ever fires; ahead of need while somebody looks; and
// never for visitors who have no session.

import { describe, expect, it } from 'vitest'
import { memoryStorage } from 'latchkey/client'
import { answer, failure, hold, signedIn, withWorld, type Tab, type World } from './world/index.ts'

/** A client whose timers never fire. */
const withoutTimers = { ports: { after: () => () => undefined } }

/** Goes on by this much, and asks then. */
async function askAfter({ advance }: World, tab: Tab, ms: number): Promise<number> {
  await advance(ms)
  return (await tab.client.fetch('/me')).status
}

describe('without timers', () => {
  it('each request finds out by itself that the token has expired (C23)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world, withoutTimers)
      for (let life = 1; life <= 5; life += 1) {
        expect([await askAfter(world, tab, 600_000), world.server.count('/token')]).toEqual([200, life])
      }
    }))

  it('an outage passes, and is over when somebody asks after it (C23)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world, withoutTimers)
      const restart = world.server.always('/token', answer(503))
      await world.advance(600_000)
      for (let tries = 0; tries < 5; tries += 1) {
        expect(await failure(tab.client.fetch('/me'))).toBe('RefreshUnavailable')
        await world.advance(61_000)
      }
      restart()
      expect(await askAfter(world, tab, 120_000)).toBe(200)
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: false })
    }))

  it('two tabs share what they have, and sign out together (C23)', () =>
    withWorld({}, async (world) => {
      const [one, other] = [await signedIn(world, withoutTimers), world.browser.openTab(withoutTimers)]
      await other.client.restore()
      const before = world.server.count('/token')
      await world.advance(600_000)
      const answers = await Promise.all([one, other].map(({ client }) => client.fetch('/me')))
      expect([answers.map(({ status }) => status), world.server.count('/token') - before]).toEqual([[200, 200], 1])
      await one.client.signOut()
      await world.settle()
      expect(other.client.state.status).toBe('anonymous')
    }))
})

describe('ahead of need', () => {
  it.each([0, 0.2, 0.5, 0.8, 0.999])(
    'a token of ten minutes is renewed a minute before its end, give or take a tenth (chance %d; C24)',
    (random) =>
      withWorld({}, async (world) => {
        const tab = await signedIn(world, { random: () => random })
        await world.advance(533_900)
        expect(world.server.count('/token')).toBe(0)
        await world.run(12_300, 100)
        expect([world.server.count('/token'), tab.toldOf('refreshed').length]).toEqual([1, 1])
      }),
  )

  it('not all clients renew at the same moment (C24)', () =>
    withWorld({}, async (world) => {
      const tabs = [0, 0.999].map((random) => world.browser.openTab({ storage: memoryStorage(), random: () => random }))
      for (const { client } of tabs) await client.signIn({ username: 'ada', password: 'the right one' })
      const moments = tabs.map(({ clock }) => clock.waiting[0] ?? 0)
      expect(Math.abs((moments[0] ?? 0) - (moments[1] ?? 0))).toBeGreaterThan(10_000)
    }))

  it('a token of ten seconds is renewed two seconds before its end, without a busy loop (C24, C30)', () =>
    withWorld({ accessSeconds: 10 }, async (world) => {
      const tab = await signedIn(world)
      await world.advance(7700)
      expect(world.server.count('/token')).toBe(0)
      await world.run(600, 100)
      expect(world.server.count('/token')).toBe(1)
      await world.run(91_700, 100)
      expect(world.server.count('/token')).toBeGreaterThanOrEqual(10)
      expect(world.server.count('/token')).toBeLessThanOrEqual(13)
      expect(tab.clock.asked.length).toBeLessThan(200)
    }))

  it('a living token is used at once, and renewed beside it (C24, C32)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(570_000)
      const held = hold()
      world.server.next('/token', held)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      await held.arrived
      held.release()
      await world.settle()
      await world.advance(60_000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(world.server.count('/token')).toBe(1)
    }))

  it('a token that had expired before the start is renewed on first need, not before and not by a timer (C25)', () =>
    withWorld({}, async (world) => {
      const storage = world.browser.storage('of the application')
      const first = await signedIn(world, { storage })
      first.kill()
      await world.advance(3_600_000)
      const tab = world.browser.openTab({ storage })
      await world.settle()
      expect(world.server.count('/token')).toBe(0)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect([world.server.told('renewed'), world.server.count('/me')]).toEqual([1, 1])
    }))

  it('a token that was kept and is alive is used without a renewal (C25)', () =>
    withWorld({}, async (world) => {
      const storage = world.browser.storage('of the application')
      const first = await signedIn(world, { storage })
      first.kill()
      await world.advance(60_000)
      const tab = world.browser.openTab({ storage })
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect([world.server.count('/token'), tab.client.state.status]).toEqual([0, 'authenticated'])
    }))
})

describe('visitors without a session', () => {
  it('make no renewal, whatever they do (C28)', () =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab()
      expect((await tab.client.fetch('/me')).status).toBe(401)
      expect(await tab.client.restore()).toMatchObject({ status: 'anonymous', degraded: false })
      expect(await failure(tab.client.getAccessToken())).toBe('SignedOut')
      tab.wake()
      tab.wake(true)
      await world.run(3_600_000, 600_000)
      expect(world.browser.sent.map(({ url }) => new URL(url).pathname)).toEqual(['/me'])
      expect(world.server.requests[0]?.headers.authorization).toBeUndefined()
    }))

  it('make none in body mode with an empty storage (C28)', () =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab({ storage: memoryStorage() })
      expect((await tab.client.fetch('/open/echo')).status).toBe(200)
      expect(await tab.client.restore()).toMatchObject({ status: 'anonymous' })
      await world.run(3_600_000, 600_000)
      expect(world.browser.count('/token')).toBe(0)
    }))

  it('make none after they have signed out, nor in a new tab (C28)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      await tab.client.signOut()
      const next = world.browser.openTab()
      expect(await next.client.restore()).toMatchObject({ status: 'anonymous' })
      for (const { client } of [tab, next]) expect((await client.fetch('/me')).status).toBe(401)
      expect(world.browser.count('/token')).toBe(0)
    }))
})
