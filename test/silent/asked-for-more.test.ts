// `getAccessToken({ minSeconds })`: whoever asks for more time than the present token has is served as any other need is,
// by one renewal for all, and in an outage at the pace of all.

import { describe, expect, it } from 'vitest'
import { passes, signedInTabs } from './tabs-begin.ts'
import { failure, hold, secondsLeft, signedIn, withWorld } from './world/index.ts'

const minSeconds = 300
const hundred = Array.from({ length: 100 }, () => minSeconds)

describe('a token that is to have more time left than the present one', () => {
  it('costs an outage of ten minutes at most twenty calls, however often it is asked for (C33)', () =>
    withWorld({ accessSeconds: 3600 }, async (world) => {
      const tab = await signedIn(world, { proof: 'plain' })
      await world.advance(2_700_000)
      world.browser.network = 'down'
      const [before, told] = [world.browser.sent.length, tab.toldOf('change').length]
      for (let second = 0; second < 600; second += 2) {
        expect(await failure(tab.client.getAccessToken({ minSeconds: 1200 }))).toBe('RefreshUnavailable')
        await world.advance(2000)
      }
      expect(world.browser.sent.length - before).toBeLessThanOrEqual(20)
      expect(tab.toldOf('change').slice(told)).toMatchObject([{ status: 'authenticated', degraded: true }])
      world.browser.network = 'up'
      await world.advance(120_000)
      expect(secondsLeft(world, await tab.client.getAccessToken({ minSeconds: 1200 }))).toBeGreaterThanOrEqual(1200)
    }))

  it('is asked for once by a hundred at a time, also where there is no network (C8, C33)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      passes(world, 400_000)
      world.browser.network = 'down'
      const before = world.browser.sent.length
      const codes = await Promise.all(
        hundred.map((seconds) => failure(tab.client.getAccessToken({ minSeconds: seconds }))),
      )
      expect([new Set(codes), world.browser.sent.length - before]).toEqual([new Set(['RefreshUnavailable']), 1])
      world.browser.network = 'up'
      passes(world, 10_000)
      const tokens = await Promise.all(hundred.map((seconds) => tab.client.getAccessToken({ minSeconds: seconds })))
      expect([new Set(tokens).size, world.server.count('/token')]).toEqual([1, 1])
    }))

  it('is got by one who asks while another tab’s newer one is found, which has less (C2, C14)', () =>
    withWorld({}, async (world) => {
      const [one, two] = await signedInTabs(world, 2)
      passes(world, 550_000)
      world.browser.hub.isHeld = true
      await two!.client.getAccessToken({ minSeconds })
      passes(world, 400_000)
      expect(secondsLeft(world, await one!.client.getAccessToken({ minSeconds }))).toBe(600)
    }))

  it('is got by one who asks while a renewal for less is under way (C2, C8)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      passes(world, 545_000)
      const kept = hold('request')
      world.server.next('/token', kept)
      const enough = tab.client.getAccessToken()
      const more = tab.client.getAccessToken({ minSeconds })
      await kept.arrived
      kept.release()
      expect(secondsLeft(world, await more)).toBe(600)
      expect(secondsLeft(world, await enough)).toBeGreaterThan(0)
      expect(world.server.count('/token')).toBe(1)
    }))

  it('is nobody’s where no token lives so long: the caller is told, and the server is not asked (C2)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      passes(world, 10_000)
      expect(await failure(tab.client.getAccessToken({ minSeconds: 3600 }))).toBe('RefreshUnavailable')
      expect([world.server.count('/token'), tab.client.state]).toMatchObject([0, { degraded: false }])
    }))
})
