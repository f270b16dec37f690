// What must not go on for ever, and who must not be signed out by it.

import { bodyMode, createClient } from 'latchkey/client'
import { describe, expect, it } from 'vitest'
import { passes, signedInTabs } from './tabs-begin.ts'
import { storageOf } from './storages.ts'
import { credentials, hold, reset, signedIn, withWorld, failure, type Tab } from './world/index.ts'

const lifeMs = 600_000
const grace = { ...credentials, username: 'grace' }

describe('timers', () => {
  it('rest in a tab that was waiting to try again when another one signed out (C20, C33)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const [one, two] = (await signedInTabs(world, 2)) as [Tab, Tab]
      passes(world, lifeMs)
      server.always('/token', reset)
      expect(await failure(two.client.getAccessToken())).toBe('RefreshUnavailable')
      browser.network = 'down'
      void one.client.signOut()
      await settle()
      expect(two.client.state.status).toBe('anonymous')
      const before = two.clock.asked.length
      for (let times = 0; times < 200; times += 1) {
        const [first] = two.clock.waiting
        if (first === undefined) break
        two.clock.advance(Math.max(first, 0))
        await settle()
      }
      expect(two.clock.asked.length - before).toBeLessThan(10)
    }))

  it('do not spin where a storage cannot be read (C33, C45)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      let reads = 0
      const storage = storageOf(browser.storage('body'), {
        read: () => {
          reads += 1
          return Promise.reject(new Error('EIO'))
        },
      })
      const tab = browser.openTab({ storage })
      await tab.client.restore()
      const began = tab.clock.elapsed()
      for (let times = 0; times < 100; times += 1) {
        const [first] = tab.clock.waiting
        if (first === undefined || tab.clock.elapsed() - began > 60_000) break
        tab.clock.advance(Math.max(first, 0))
        await settle()
      }
      expect(tab.clock.elapsed() - began).toBeGreaterThan(59_000)
      expect(reads).toBeLessThan(60)
    }))
})

describe('a write that failed once', () => {
  it('does not cost all tabs the session that another one begins later (C31, C42)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const [one, two] = (await signedInTabs(world, 2)) as [Tab, Tab]
      passes(world, lifeMs)
      const storage = browser.storage()
      storage.before = (verb) => {
        if (verb === 'write') throw new DOMException('full', 'QuotaExceededError')
      }
      expect((await one.client.fetch('/me')).status).toBe(200)
      storage.before = () => undefined
      await two.client.signIn(grace)
      await settle()
      passes(world, lifeMs)
      expect((await one.client.fetch('/me')).status).toBe(200)
      await settle()
      expect(server.told('unproved')).toBe(0)
      expect([one, two].map(({ client }) => client.state.subject)).toEqual(['id-of-grace', 'id-of-grace'])
    }))

  it('does not hide a session of another tab after a sign-out here (C31, C42)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const [one, two] = (await signedInTabs(world, 2)) as [Tab, Tab]
      passes(world, lifeMs)
      const storage = browser.storage()
      storage.before = (verb) => {
        if (verb === 'write') throw new DOMException('full', 'QuotaExceededError')
      }
      expect((await one.client.fetch('/me')).status).toBe(200)
      storage.before = () => undefined
      await one.client.signOut()
      await settle()
      await two.client.signIn(grace)
      await settle()
      passes(world, lifeMs)
      expect((await one.client.fetch('/me')).status).toBe(200)
      expect([one, two].map(({ client }) => client.state.subject)).toEqual(['id-of-grace', 'id-of-grace'])
    }))
})

describe('options.fetch', () => {
  it('is called as a function, as a page must call its own fetch (C1)', () =>
    withWorld({}, async (world) => {
      const send = world.browser.fetchOfPage
      const ofPage = function (this: unknown, ...request: Parameters<typeof fetch>): Promise<Response> {
        if (this !== undefined && this !== globalThis)
          throw new TypeError("Failed to execute 'fetch' on 'Window': Illegal invocation")
        return send(...request)
      }
      const storage = storageOf(world.browser.storage('x'))
      const mine = createClient({ baseUrl: world.server.url, transport: bodyMode(storage), fetch: ofPage })
      await mine.signIn(credentials)
      expect((await mine.fetch('/me')).status).toBe(200)
      mine.dispose()
    }))
})

describe('a sign-out while a sign-in is under way', () => {
  it.each(['request', 'answer'] as const)(
    'comes after it, and nobody is signed in then: %s waiting (C13, C22)',
    (what) =>
      withWorld({}, async (world) => {
        const { browser, server, settle } = world
        const tab = browser.openTab()
        await tab.client.restore()
        const held = hold(what)
        server.next('/login', held)
        const entering = tab.client.signIn(credentials)
        await held.arrived
        const leaving = tab.client.signOut()
        await settle()
        held.release()
        await entering
        expect(await leaving).toEqual({ revoked: true })
        await settle()
        expect(browser.storage().records).toEqual([])
        expect(tab.client.state.status).toBe('anonymous')
      }),
  )
})

describe('a bell', () => {
  it('is not lost while a tab waits for the server: a sign-out is known at once (C20)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const [one, two] = (await signedInTabs(world, 2)) as [Tab, Tab]
      passes(world, lifeMs)
      const held = hold('request')
      server.next('/token', held)
      two.wake()
      await held.arrived
      await settle()
      void one.client.signOut()
      await settle()
      expect(two.client.state.status).toBe('anonymous')
      held.drop()
      await settle()
      expect(two.client.state.status).toBe('anonymous')
    }))
  it('is not lost while it waits in vain: a sign-out is not forgotten (C20)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const [one, two] = (await signedInTabs(world, 2)) as [Tab, Tab]
      passes(world, lifeMs)
      const held = hold('request')
      server.next('/token', held)
      two.wake()
      await held.arrived
      void one.client.signOut()
      await settle()
      one.clock.advance(6000)
      await settle()
      held.drop()
      await settle()
      expect(two.client.state.status).toBe('anonymous')
    }))
})

describe('a sign-out in body mode', () => {
  it('is not undone by a wake in the same moment (C22)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const tab = await signedIn(world, { storage: browser.storage('body') })
      const durable = browser.storage('body')
      const waiting: (() => void)[] = []
      durable.before = async (verb) => {
        if (verb === 'remove') await new Promise<void>((resolve) => waiting.push(resolve))
      }
      const left = tab.client.signOut()
      tab.wake()
      await settle()
      durable.before = () => undefined
      for (const go of waiting) go()
      await left
      await settle()
      expect(tab.client.state.status).toBe('anonymous')
      expect(tab.toldOf('ended')).toHaveLength(1)
    }))

  it('never says that the server has ended it where the storage could not be read (C36)', () =>
    withWorld({}, async (world) => {
      const { browser, server } = world
      const durable = browser.storage('body')
      const first = await signedIn(world, { storage: durable })
      first.kill()
      durable.before = (verb) => {
        if (verb === 'read') throw new Error('EIO')
      }
      const tab = browser.openTab({ storage: durable })
      expect(await tab.client.signOut()).toEqual({ revoked: false })
      expect(server.count('/logout')).toBe(0)
    }))
})

describe('a lock', () => {
  it('that cannot be given back changes nothing of what was done under it (C4, C45)', () =>
    withWorld({}, async (world) => {
      const { browser } = world
      const storage = storageOf(browser.storage('body'), {
        lock: async (work) => {
          await work()
          throw new Error('the connection is closed')
        },
      })
      const tab = browser.openTab({ storage })
      expect(await tab.client.signIn(credentials)).toMatchObject({ name: 'ada' })
      passes(world, lifeMs)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(tab.client.state.degraded).toBe(false)
    }))
})
