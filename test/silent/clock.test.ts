// Clocks that are wrong, and clocks that jump. What counts is how long ago a token was received, by the clock that never
// jumps while that one goes on, and by the other where the device has slept.

import { describe, expect, it } from 'vitest'
import { json, signedIn, withWorld, type Fault, type Tab, type TabOptions, type World } from './world/index.ts'

const day = 86_400_000
const hour = 3_600_000

/** Goes through ten lifetimes, asking at the end of each. */
async function tenLives(world: World, tab: Tab): Promise<void> {
  for (let life = 0; life < 10; life += 1) {
    await world.advance(600_000)
    expect((await tab.client.fetch('/me')).status).toBe(200)
  }
}

async function hidden(world: World, options: TabOptions = {}): Promise<Tab> {
  const tab = await signedIn(world, options)
  tab.isVisible = false
  return tab
}

describe('a clock that is wrong', () => {
  it.each([-day, -hour, hour, day])('by %i ms costs one renewal per lifetime, over ten (C29)', (clockOffsetMs) =>
    withWorld({}, async (world) => {
      const tab = await hidden(world, { clockOffsetMs })
      await tenLives(world, tab)
      expect(world.server.count('/token')).toBe(10)
    }),
  )

  it.each([-day, day])('by %i ms changes nothing for a busy page that renews ahead of need (C29)', (clockOffsetMs) =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world, { clockOffsetMs })
      for (let minutes = 0; minutes < 100; minutes += 1) {
        await world.advance(60_000)
        expect((await tab.client.fetch('/me')).status).toBe(200)
      }
      expect(world.server.count('/token')).toBeGreaterThanOrEqual(10)
      expect(world.server.count('/token')).toBeLessThanOrEqual(12)
    }),
  )

  it.each([-day, day])('by %i ms is no matter to what is kept across starts (C29)', (clockOffsetMs) =>
    withWorld({}, async (world) => {
      const storage = world.browser.storage('of the application')
      ;(await signedIn(world, { storage, clockOffsetMs })).kill()
      await world.advance(300_000)
      const tab = world.browser.openTab({ storage, clockOffsetMs })
      expect([(await tab.client.fetch('/me')).status, world.server.count('/token')]).toEqual([200, 0])
    }),
  )
})

describe('a clock that jumps', () => {
  it.each([-day, -hour, hour, day])('by %i ms costs one renewal more at most (C30)', (ms) =>
    withWorld({}, async (world) => {
      const tab = await hidden(world)
      await world.advance(100_000)
      tab.clock.jump(ms)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(world.server.count('/token')).toBeLessThanOrEqual(1)
      await tenLives(world, tab)
      expect(world.server.count('/token')).toBeLessThanOrEqual(11)
      expect(world.server.count('/token')).toBeGreaterThanOrEqual(10)
      // It was known each time that the token was over: no request was refused.
      expect(world.server.count('/me')).toBe(11)
    }),
  )

  it('forth and back again and again costs one renewal for each jump at most (C30)', () =>
    withWorld({}, async (world) => {
      const tab = await hidden(world)
      for (let jumps = 1; jumps <= 10; jumps += 1) {
        tab.clock.jump(jumps % 2 === 0 ? -day : day)
        expect((await tab.client.fetch('/me')).status).toBe(200)
        expect(world.server.count('/token')).toBeLessThanOrEqual(jumps)
      }
    }))

  it('by a day between two starts is no reason to use a dead token, nor to sign anybody out (C30)', () =>
    withWorld({}, async (world) => {
      const storage = world.browser.storage('of the application')
      ;(await signedIn(world, { storage })).kill()
      await world.advance(700_000)
      const tab = world.browser.openTab({ storage, clockOffsetMs: -day })
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(world.server.count('/token')).toBeLessThanOrEqual(1)
      expect(tab.client.state.status).toBe('authenticated')
    }))

  it('because the device slept: the token is known to be over, and renewed once (C29, C30)', () =>
    withWorld({}, async (world) => {
      const tab = await hidden(world)
      for (let nights = 1; nights <= 3; nights += 1) {
        world.server.clock.advance(8 * hour)
        tab.clock.sleep(8 * hour)
        expect((await tab.client.fetch('/me')).status).toBe(200)
        expect([world.server.told('renewed'), world.server.count('/me')]).toEqual([nights, nights])
      }
    }))
})

/** Renewals that bring tokens which are over already. */
const stillborn = (accessToken: string, expiresIn: number): Fault =>
  json(200, { accessToken, tokenType: 'Bearer', expiresIn })

describe('tokens that are over on arrival', () => {
  it.each([0, -30])('end the renewals after a few, where they say %i seconds (C30)', (expiresIn) =>
    withWorld({}, async (world) => {
      const tab = await hidden(world)
      const token = await tab.client.getAccessToken()
      world.server.always('/token', stillborn(token, expiresIn))
      await world.advance(600_000)
      for (let calls = 0; calls < 50; calls += 1) await tab.client.fetch('/open/echo').catch(() => undefined)
      await world.settle()
      expect(world.browser.count('/token')).toBeLessThanOrEqual(3)
      await world.run(60_000, 1000)
      expect(world.browser.count('/token')).toBeLessThanOrEqual(12)
      expect(tab.client.state.status).toBe('authenticated')
    }),
  )

  it('are forgotten once the server gives good ones again (C30)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const stop = world.server.always('/token', stillborn(await tab.client.getAccessToken(), 0))
      await world.advance(600_000)
      for (let calls = 0; calls < 5; calls += 1) await tab.client.fetch('/me').catch(() => undefined)
      stop()
      await world.run(180_000, 1000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: false })
    }))
})
