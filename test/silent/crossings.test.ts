// Crossings: what is read while something else is done, and answers that come late.

import { describe, expect, it } from 'vitest'
import { passes, signedInTab, signedInTabs } from './tabs-begin.ts'
import { storageOf } from './storages.ts'
import { credentials, hold, withWorld, failure, type Tab } from './world/index.ts'

const lifeMs = 600_000
const grace = { ...credentials, username: 'grace' }

describe('a sign-in without locks, while another tab renews', () => {
  it('is not taken for a session without a key while its key is being written (C18, C31)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      browser.hasLocks = false
      const [one, two] = (await signedInTabs(world, 2)) as [Tab, Tab]
      passes(world, lifeMs)
      const storage = browser.storage()
      const first = hold('request')
      const second = hold('answer')
      server.next('/token', first, second)
      const asked = two.client.fetch('/me')
      await first.arrived
      let goOn: () => void = () => undefined
      let writes = 0
      storage.before = async (verb) => {
        if (verb !== 'write' || (writes += 1) !== 2) return
        await new Promise<void>((resolve) => {
          goOn = resolve
        })
      }
      const entering = one.client.signIn(grace)
      await settle()
      expect(writes).toBe(2)
      first.release()
      await second.arrived
      await settle()
      goOn()
      await entering
      second.release()
      await asked.catch(() => undefined)
      await settle()
      expect(one.toldOf('ended').map(({ reason }) => reason)).toEqual(['replaced'])
      expect(await (await one.client.fetch('/me')).json()).toEqual({ subject: 'id-of-grace' })
      expect(one.client.state.subject).toBe('id-of-grace')
    }))
})

describe('a look that is slow', () => {
  it('does not end the session that has begun meanwhile (C21, C48)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tab = await signedInTab(world)
      const storage = browser.storage()
      // Another tab has signed out; this one has not heard of it.
      browser.jar.remove(new URL(server.url), 'latchkey-session')
      let goOn: () => void = () => undefined
      storage.before = (verb) => {
        if (verb !== 'read') return undefined
        storage.before = () => undefined
        return new Promise<void>((resolve) => {
          goOn = resolve
        })
      }
      tab.wake()
      await settle()
      await tab.client.signIn(grace)
      await settle()
      goOn()
      await settle()
      expect(tab.client.state.subject).toBe('id-of-grace')
    }))
})

describe('a wrong password', () => {
  it('costs nobody the session that is there, also where a read failed just before (C31, C42)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const [one, two] = (await signedInTabs(world, 2)) as [Tab, Tab]
      one.kill()
      const third = browser.openTab()
      const storage = browser.storage()
      storage.before = (verb) => {
        if (verb !== 'read') return
        storage.before = () => undefined
        throw new Error('for once')
      }
      expect(await failure(third.client.signIn({ ...credentials, password: 'wrong' }))).toBe('SignInRefused')
      await settle()
      passes(world, lifeMs)
      expect((await two.client.fetch('/me')).status).toBe(200)
      expect(two.client.state.status).toBe('authenticated')
    }))
})

describe('a storage that can keep records, and no keys', () => {
  it('has a plain session begun, which outlives a reload (C41, C42)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const durable = browser.storage('no keys')
      const surroundings = {
        storage: () =>
          storageOf(durable, {
            write: (kept) =>
              (kept.key ?? kept.seal)
                ? Promise.reject(new DOMException('CryptoKey could not be cloned', 'DataCloneError'))
                : durable.write(kept),
          }),
      }
      const tab = browser.openTab({ surroundings })
      await tab.client.signIn(credentials)
      await settle()
      tab.kill()
      passes(world, lifeMs)
      const reloaded = browser.openTab({ surroundings })
      await reloaded.client.restore()
      expect(reloaded.client.state.status).toBe('authenticated')
    }))
})

describe('events', () => {
  it('tell nothing of a session after they have told of its end (C47, C48)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      const tab = await signedInTab(world)
      passes(world, lifeMs)
      const held = hold('request')
      // Another tab renews; this one hears of it while it waits for something of its own.
      const other = browser.openTab()
      void other.client.getAccessToken().catch(() => undefined)
      await settle()
      server.next('/token', held)
      const asked = tab.client.getAccessToken({ minSeconds: 599 }).catch(() => undefined)
      await settle()
      passes(world, 500_000)
      void tab.client.signOut()
      await settle()
      held.release()
      await asked
      await settle()
      const names = tab.told.map(({ name }) => name)
      const end = names.lastIndexOf('ended')
      expect(names.slice(end)).not.toContain('refreshed')
    }))

  it('tell of an end once, also where a late answer has set the cookies again (C22, C48)', () =>
    withWorld({}, async (world) => {
      const { browser, server, settle } = world
      browser.hasLocks = false
      const [one, two] = (await signedInTabs(world, 2)) as [Tab, Tab]
      passes(world, lifeMs)
      const held = hold('answer')
      server.next('/token', held)
      const asked = two.client.getAccessToken().catch(() => undefined)
      await held.arrived
      await one.client.signOut()
      await settle()
      held.release()
      await asked
      await settle()
      for (const tab of [one, two]) await tab.client.fetch('/me').catch(() => undefined)
      await settle()
      expect([one, two].map((tab) => tab.toldOf('ended').map(({ reason }) => reason))).toEqual([
        ['signed_out'],
        ['signed_out'],
      ])
    }))
})

describe('a record whose seal is broken', () => {
  it('costs no renewal (C4, C42)', () =>
    withWorld({}, async (world) => {
      const { browser } = world
      const tab = await signedInTab(world)
      const storage = browser.storage()
      const [kept] = storage.records
      if (kept === undefined) throw new Error('nothing kept')
      const seal = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['decrypt'])
      await storage.write({ ...kept, seal })
      passes(world, lifeMs)
      expect((await tab.client.fetch('/me')).status).toBe(200)
    }))
})
