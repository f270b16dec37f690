// What a long life and odd neighbours bring.

import { describe, expect, it } from 'vitest'
import { bodyMode, createClient } from 'latchkey/client'
import { passes, signedInTab } from './tabs-begin.ts'
import { storageOf, refused } from './storages.ts'
import { credentials, hold, json, reset, withWorld, failure, secondsLeft, signedIn, type Tab } from './world/index.ts'

const lifeMs = 600_000

describe('a tab of a browser that keeps nothing', () => {
  it('comes to know who has signed in in another tab (C20)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const storage = () => storageOf(browser.storage(), { read: refused, write: refused, remove: refused })
      const [one, two] = [1, 2].map(() => browser.openTab({ surroundings: { storage } })) as [Tab, Tab]
      await two.client.restore()
      expect(two.client.state.status).toBe('anonymous')
      await one.client.signIn(credentials)
      await settle()
      expect(two.client.state.status).toBe('authenticated')
    }))
})

describe('options', () => {
  it('that are there and undefined are as if they were not (C1)', () =>
    withWorld({}, async (world) => {
      const options = {
        baseUrl: world.server.url,
        transport: bodyMode(storageOf(world.browser.storage('x'))),
        fetch: undefined,
        origins: undefined,
        proof: undefined,
        lifecycle: undefined,
      }
      const client = createClient(options as never)
      await client.signIn(credentials)
      expect((await client.fetch('/me')).status).toBe(200)
      client.dispose()
    }))
})

describe('dispose', () => {
  it('in the middle of a hanging renewal leaves the lock to others after the time limit (C5, C15)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tab = await signedInTab(world)
      passes(world, lifeMs)
      const out = hold('request')
      server.next('/token', out)
      const letGo = browser.locks.occupy()
      const asked = failure(tab.client.getAccessToken())
      await settle()
      tab.client.dispose()
      letGo()
      await out.arrived
      await settle()
      for (let left = 10; left > 0; left -= 1) {
        tab.clock.advance(1000)
        await settle()
      }
      expect(browser.locks.isHeld).toBe(false)
      out.drop()
      expect(await asked).toBe('Timeout')
    }))
})

describe('a body', () => {
  it.each([
    ['null', null],
    ['text', 'yes'],
    ['a number', 7],
    ['a list', [1]],
    ['a token that is a number', { accessToken: 7, expiresIn: 600 }],
    ['no life', { accessToken: 'a.b.c', expiresIn: 'soon' }],
  ])('at /login of %s is trouble that passes (C4, C31)', (_, content) =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab()
      world.server.next('/login', json(200, content))
      expect(await failure(tab.client.signIn(credentials))).toBe('RefreshUnavailable')
    }),
  )
})

describe('a hint that does not go', () => {
  it('costs one renewal, not one for each request, where the session is over (C28, C31)', () =>
    withWorld({}, async (world) => {
      const { server, browser } = world
      const tab = browser.openTab({ surroundings: { dropHint: () => undefined } })
      await tab.client.signIn(credentials)
      passes(world, lifeMs)
      browser.storage().evict()
      for (let times = 0; times < 5; times += 1) await tab.client.fetch('/me').catch(() => undefined)
      expect(tab.toldOf('ended')).toHaveLength(1)
      expect(server.count('/token')).toBeLessThan(4)
    }))
})

describe('a day of use', () => {
  it('leaves nothing behind in the signal of a caller (C5)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const controller = new AbortController()
      let live = 0
      const { signal } = controller
      const add = signal.addEventListener.bind(signal)
      const remove = signal.removeEventListener.bind(signal)
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        live += 1
        add(...args)
      }
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        live -= 1
        remove(...args)
      }
      for (let times = 0; times < 50; times += 1) await tab.client.getAccessToken({ signal })
      expect(live).toBe(0)
    }))
})

describe('a device that sleeps while an answer is on its way', () => {
  it('does not take its token for a new one (C2, C29)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const tab = await signedInTab(world)
      passes(world, lifeMs)
      const held = hold('answer')
      server.next('/token', held)
      const asked = failure(tab.client.getAccessToken())
      await held.arrived
      server.clock.advance(3_600_000)
      tab.clock.sleep(3_600_000)
      held.release()
      await settle()
      // Either is right: to say that there is none for now, or a token that is good.
      const got = await asked
      if (typeof got !== 'string') expect(secondsLeft(world, String(got.instead))).toBeGreaterThan(0)
      tab.clock.advance(2000)
      await settle()
      expect(secondsLeft(world, await tab.client.getAccessToken())).toBeGreaterThan(0)
    }))
})

describe('a resource of another origin', () => {
  it('that refuses every token does not take the living one from everybody else, while the router is away (C32)', () =>
    withWorld({}, async (world) => {
      const { server } = world
      const tab = await signedInTab(world)
      server.always('/token', reset)
      server.next('/echo', json(401, {}, { 'WWW-Authenticate': 'Bearer error="invalid_token"' }))
      await failure(tab.client.fetch('/echo'))
      expect(await failure(tab.client.fetch('/me'))).toMatchObject({ instead: { status: 200 } })
    }))
})
