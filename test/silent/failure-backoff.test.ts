// How often a client asks a server that does not answer: at one random moment in each of ever longer windows, when it was
// told to, and at once when the network is back.

import { describe, expect, it } from 'vitest'
import { answer, credentials, failure, problem, signedIn, withWorld, type Tab, type World } from './world/index.ts'

/** Small, quick and the same everywhere: a test must be able to say which seed it failed with. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const turns = async (count: number): Promise<void> => {
  for (let left = count; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Ten minutes in steps of two seconds, with timers called on the way; without cryptography, a few turns are enough. */
async function tenMinutes(tab: Tab, during: (second: number) => void): Promise<void> {
  for (let second = 0; second < 600; second += 2) {
    during(second)
    await turns(2)
    tab.clock.advance(2000)
    await turns(2)
  }
}

describe('an outage of ten minutes', () => {
  const seeds = Array.from({ length: 20 }, (_, index) => index * 7919 + 1)

  it('costs a tab at most twenty calls, whatever chance says and however often it is asked (C33)', () =>
    withWorld({}, async (world) => {
      const counts: number[] = []
      for (const seed of seeds) {
        const tab = await signedIn(world, { proof: 'plain', random: seeded(seed) })
        await world.advance(600_000)
        tab.isVisible = true
        world.browser.network = 'down'
        const before = world.browser.sent.length
        tab.clock.advanceSilently(600_000)
        tab.clock.fireDue()
        await tenMinutes(tab, (second) => {
          if (second % 4 === 0) tab.client.getAccessToken().catch(() => undefined)
          if (second % 30 === 0) tab.wake()
        })
        const calls = world.browser.sent.slice(before).filter((each) => each.tab === tab.number)
        counts.push(calls.length)
        expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: true })
        world.browser.network = 'up'
        tab.kill()
      }
      expect(Math.max(...counts)).toBeLessThanOrEqual(20)
      // It does go on trying, too: the longest window is a minute.
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(8)
    }))

  it('is tried at moments that chance chooses, so that a thousand clients do not come at once (C33)', () =>
    withWorld({}, async (world) => {
      const moments = new Set<string>()
      for (const seed of seeds.slice(0, 8)) {
        const tab = await signedIn(world, { proof: 'plain', random: seeded(seed) })
        world.browser.network = 'down'
        tab.clock.advanceSilently(600_000)
        tab.clock.fireDue()
        await tenMinutes(tab, () => undefined)
        const calls = world.browser.sent.filter((each) => each.tab === tab.number).slice(1)
        moments.add(calls.map(({ at }) => Math.round(at)).join())
        world.browser.network = 'up'
        tab.kill()
      }
      expect(moments.size).toBe(8)
    }))
})

/** A tab whose token is over, and whose server is away. */
async function inOutage(world: World, fault = answer(503)): Promise<{ tab: Tab; restart: () => void }> {
  const tab = await signedIn(world)
  tab.isVisible = false
  await world.advance(600_000)
  const restart = world.server.always('/token', fault)
  expect(await failure(tab.client.getAccessToken())).toBe('RefreshUnavailable')
  return { tab, restart }
}

describe('between two tries', () => {
  it('callers share the failure, one after the other and all at once (C33)', () =>
    withWorld({}, async (world) => {
      const { tab } = await inOutage(world)
      const before = world.browser.count('/token')
      for (let calls = 0; calls < 20; calls += 1) {
        expect(await failure(tab.client.getAccessToken())).toBe('RefreshUnavailable')
        expect(await failure(tab.client.fetch('/me'))).toBe('RefreshUnavailable')
      }
      expect([before, world.browser.count('/token')]).toEqual([1, 1])
    }))

  it('a timer that is a little early ends nothing: a page that only waits is back by itself (C33)', () =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab({
        ports: { after: (ms, call) => tab.clock.after(Math.max(Math.min(ms, 1), ms - 1), call) },
      })
      await tab.client.signIn(credentials)
      const restart = world.server.always('/token', answer(503))
      await world.run(700_000, 5000)
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: true })
      restart()
      await world.run(130_000, 5000)
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: false })
    }))

  it('the network’s return ends the wait (C33)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      world.browser.goOffline()
      await world.run(1_200_000, 20_000)
      expect(await failure(tab.client.getAccessToken())).toBe('Offline')
      const before = world.server.count('/token')
      world.browser.goOnline()
      await world.settle()
      expect([world.server.count('/token') - before, tab.client.state.degraded]).toEqual([1, false])
      expect((await tab.client.fetch('/me')).status).toBe(200)
    }))
})

describe('Retry-After', () => {
  const inSeconds = (_world: World, _tab: Tab): string => '40'
  const asDate = (_world: World, tab: Tab): string => new Date(tab.clock.now() + 40_000).toUTCString()

  it.each([
    ['seconds', inSeconds, 503],
    ['a date', asDate, 503],
    ['seconds', inSeconds, 429],
    ['a date', asDate, 429],
  ] as const)('in %s is honoured to the second (%#: C33)', (_name, say, status) =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const headers = { 'Retry-After': say(world, tab), Date: new Date(tab.clock.now()).toUTCString() }
      world.server.next('/token', problem(status, status === 503 ? 'unavailable' : 'locked', headers))
      const error = await tab.client.getAccessToken().catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'RefreshUnavailable', status, retryAfterSeconds: 40 })
      tab.isVisible = true
      tab.wake()
      for (let second = 0; second < 38; second += 1) {
        await failure(tab.client.getAccessToken())
        await world.advance(1000)
      }
      expect(world.browser.count('/token')).toBe(1)
      await world.run(64_000, 1000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(world.browser.count('/token')).toBe(2)
    }),
  )

  it.each(['soon', '-5', '', '1e999', 'Thu, 01 Jan 1970 00:00:00 GMT', '99999999999'])(
    'that makes no sense (%j) does no harm (C33)',
    (value) =>
      withWorld({}, async (world) => {
        const { tab, restart } = await inOutage(world, answer(503, '', { 'Retry-After': value }))
        for (let calls = 0; calls < 10; calls += 1) await failure(tab.client.getAccessToken())
        expect(world.browser.count('/token')).toBe(1)
        restart()
        world.browser.goOnline()
        await world.settle()
        expect((await tab.client.fetch('/me')).status).toBe(200)
      }),
  )

  it('of a sign-in is told to the caller (C33)', () =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab()
      world.server.next('/login', problem(429, 'locked', { 'Retry-After': 30 }))
      const error = await tab.client.signIn(credentials).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ name: 'ClientError', status: 429, retryAfterSeconds: 30 })
    }))
})
