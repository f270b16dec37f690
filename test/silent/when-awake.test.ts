// The user comes and goes: tabs are hidden for hours, laptops sleep, networks return. Coming back is looked at once,
// however many events say it; being away costs nothing.

import { afterEach, describe, expect, it, vi } from 'vitest'
import { bodyMode, createClient, plain } from 'latchkey/client'
import { passes } from './tabs-begin.ts'
import { answer, credentials, failure, hold, json, openServer, signedIn, withWorld } from './world/index.ts'

const longestTimerMs = 2 ** 31 - 1

describe('coming back', () => {
  it('is looked at once, however many events tell of it (C26)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const held = hold()
      world.server.next('/token', held)
      tab.isVisible = true
      for (const isOnline of [false, false, true, false]) tab.wake(isOnline)
      await held.arrived
      tab.wake()
      held.release()
      await world.settle()
      expect([world.server.count('/token'), tab.toldOf('refreshed').length]).toEqual([1, 1])
    }))

  it('costs nothing while the token is fresh (C26)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      for (let times = 0; times < 10; times += 1) {
        await world.advance(30_000)
        tab.wake()
        tab.wake(true)
        await world.settle()
      }
      expect(world.browser.sent.map(({ url }) => new URL(url).pathname)).toEqual(['/login'])
      expect(tab.told.filter(({ name }) => name !== 'change')).toEqual([])
    }))

  it('renews a token that is near its end (C24, C26)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(570_000)
      expect(world.server.count('/token')).toBe(0)
      tab.isVisible = true
      tab.wake()
      await world.settle()
      expect(world.server.count('/token')).toBe(1)
    }))

  it('costs nothing where nobody is signed in (C26, C28)', () =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab()
      await tab.client.restore()
      tab.wake()
      tab.wake(true)
      await world.settle()
      expect(world.browser.sent).toEqual([])
    }))
})

describe('coming back to a browser where somebody has signed in meanwhile', () => {
  const ways = [
    ['whose last renewal had failed', true],
    ['that was in order', false],
  ] as const

  it.each(ways)('finds out who, in a tab %s, also where the kept token is over (C20, C26)', (_name, isTroubled) =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const other = world.browser.openTab()
      await other.client.restore()
      if (isTroubled) {
        passes(world, 600_000)
        const mend = world.server.always('/token', answer(503))
        await failure(tab.client.getAccessToken())
        mend()
      }
      tab.isVisible = other.isVisible = false
      tab.putAway()
      await other.client.signIn({ ...credentials, username: 'grace' })
      other.kill()
      await world.advance(700_000)
      tab.isVisible = true
      tab.wake()
      await world.run(120_000, 5000)
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: false, subject: 'id-of-grace' })
    }),
  )
})

describe('being away', () => {
  it('costs a hidden tab nothing, for ten lifetimes (C27)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.run(6_000_000, 60_000)
      expect([world.browser.count('/token'), tab.client.state.status]).toEqual([0, 'authenticated'])
      expect(tab.clock.asked.length).toBeLessThan(20)
      tab.isVisible = true
      tab.wake()
      await world.settle()
      // The nonce is old by then, which costs one request more.
      expect([world.server.told('renewed'), (await tab.client.fetch('/me')).status]).toEqual([1, 200])
    }))

  it('costs a hidden tab nothing during an outage either, until it is looked at (C27, C33)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      world.browser.network = 'down'
      await world.advance(560_000)
      tab.isVisible = false
      await world.run(600_000, 10_000)
      const before = world.browser.count('/token')
      await world.run(3_600_000, 60_000)
      expect(world.browser.count('/token') - before).toBeLessThanOrEqual(1)
      world.browser.network = 'up'
      tab.isVisible = true
      tab.wake()
      await world.run(61_000, 1000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
    }))

  it('a long sleep needs no timer to come right (C27)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      world.server.clock.advance(8 * 3_600_000)
      tab.clock.sleep(8 * 3_600_000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(world.server.told('renewed')).toBe(1)
    }))
})

describe('timers that are longer than timers can be', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('are cut, and do not fire at once (C27)', async () => {
    const server = await openServer({ accessSeconds: 86_400, latchkey: { retentionSeconds: 2 * 86_400 } })
    const first = await fetch(`${server.url}/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(credentials),
    })
    const signIn = { ...((await first.json()) as object), expiresIn: 100 * 86_400 }
    const asked = vi.spyOn(globalThis, 'setTimeout')
    server.next('/login', json(200, signIn))
    const client = createClient({ baseUrl: server.url, transport: bodyMode(), proof: plain })
    await client.signIn(credentials)
    expect((await client.fetch('/me')).status).toBe(200)
    const delays = asked.mock.calls.map(([, ms]) => ms ?? 0)
    expect(Math.max(...delays)).toBeLessThanOrEqual(longestTimerMs)
    await new Promise((resolve) => setImmediate(resolve))
    expect(server.count('/token')).toBe(0)
    client.dispose()
    await server.close()
  })
})
