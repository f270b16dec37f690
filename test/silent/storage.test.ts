// Where a session is kept: nothing that is worth anything to a script that reads it all, whatever the storage is made of.

import { memoryStorage, type ClientStorage, type Kept } from 'latchkey/client'
import { describe, expect, it } from 'vitest'
import { overheard } from './secrets.ts'
import { storageOf } from './storages.ts'
import { askAll, expectNoAlarm, firstOf, passes, signedInTab, signedInTabs } from './tabs-begin.ts'
import { credentials, withWorld, type Tab, type World } from './world/index.ts'

const lifeMs = 600_000

async function liveOn(world: World, tab: Tab, lives = 3): Promise<void> {
  for (let life = 1; life <= lives; life += 1) {
    passes(world, lifeMs)
    expect(await askAll([tab])).toEqual([200])
  }
}

const keyed = ({ server }: World): boolean[] =>
  server.requests.filter(({ path }) => path === '/login').map(({ headers }) => headers['latchkey-proof'] === 'v1')

describe('cookie mode', () => {
  it('leaves nothing secret where script can read it (C41)', () => {
    const { secrets, options, piecesIn } = overheard()
    return withWorld(options, async (world) => {
      const { browser, server } = world
      const tabs = await signedInTabs(world, 2)
      await liveOn(world, firstOf(tabs))
      await world.settle()
      const refreshTokens = [...secrets].filter((each) => each.startsWith('lkr1_'))
      expect(refreshTokens.length).toBeGreaterThanOrEqual(4)
      expect(piecesIn(browser.storage().records)).toEqual([])
      expect(piecesIn(browser.jar.visible(new URL(server.url)))).toEqual([])
      expect(piecesIn(tabs.map(({ told }) => told))).toEqual([])
      expect(piecesIn(tabs.map(({ client }) => [client, client.state]))).toEqual([])
    })
  })

  it('keeps keys that cannot be taken out of the browser (C41)', () =>
    withWorld({}, async (world) => {
      await signedInTab(world)
      const kept = firstOf(world.browser.storage().records)
      const keys = Object.values(kept).filter((value) => value instanceof CryptoKey)
      expect(keys.length).toBeGreaterThanOrEqual(2)
      for (const key of keys) {
        expect(key.extractable).toBe(false)
        await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow()
      }
      expect(Object.keys(kept)).not.toContain('refreshToken')
      expect(Object.keys(kept)).not.toContain('accessToken')
    }))

  it('sends with every request to the router what no form of another site can send (C41)', () =>
    withWorld({}, async (world) => {
      const tab = await signedInTab(world)
      await liveOn(world, tab, 1)
      await tab.client.signOut()
      const ours = world.server.requests.filter(({ path }) => ['/login', '/token', '/logout'].includes(path))
      expect(new Set(ours.map(({ path }) => path)).size).toBe(3)
      for (const { headers } of ours) {
        expect(headers['latchkey-transport']).toBe('cookie')
        expect(headers['content-type']).toBe('application/json')
        expect(headers.accept).toContain('application/problem+json')
      }
    }))

  it('keeps nothing of a session that is over (C41)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const tab = await signedInTab(world)
      await tab.client.signIn({ ...credentials, username: 'grace' })
      await settle()
      expect(browser.storage().records.map(({ sessionId }) => sessionId)).toEqual([tab.client.state.sessionId])
      await tab.client.signOut()
      await settle()
      expect(browser.storage().records).toEqual([])
    }))
})

describe('a storage that keeps no keys', () => {
  it('makes the session of cookie mode a plain one (C42)', () =>
    withWorld({}, async (world) => {
      world.browser.keepsKeys = false
      const tab = await signedInTab(world)
      expect(keyed(world)).toEqual([false])
      await liveOn(world, tab)
      expect(world.browser.storage().records).toEqual([])
      expectNoAlarm(world, [tab])
    }))

  it('keeps the key as a text in body mode, and a new start goes on with it (C42)', () =>
    withWorld({}, async (world) => {
      const storage = { ...storageOf(world.browser.storage('body')), keepsKeys: false }
      const tab = world.browser.openTab({ storage })
      await tab.client.signIn(credentials)
      expect([keyed(world), typeof firstOf(world.browser.storage('body').records).key]).toEqual([[true], 'string'])
      await liveOn(world, tab)
      tab.kill()
      const started = world.browser.openTab({ storage: { ...storage } })
      await liveOn(world, started)
      expectNoAlarm(world, [started])
    }))
})

describe('a storage of an application', () => {
  it('may be an object of a class, whose lock is used like any other (C14, C42)', () =>
    withWorld({}, async (world) => {
      let locked = 0
      class Own implements ClientStorage {
        kept: Kept | null = null
        async read(): Promise<Kept | null> {
          return this.kept
        }
        async write(kept: Kept): Promise<void> {
          this.kept = kept
        }
        async remove(): Promise<void> {
          this.kept = null
        }
        get keepsKeys(): boolean {
          return true
        }
        lock<Result>(work: () => Promise<Result>): Promise<Result> {
          locked += 1
          return work()
        }
      }
      const storage = new Own()
      const tab = world.browser.openTab({ storage })
      await tab.client.signIn(credentials)
      const before = locked
      await liveOn(world, tab)
      expect(locked).toBe(before + 3)
      expect(storage.kept?.key).toBeInstanceOf(CryptoKey)
    }))
})

describe('a storage that the browser has emptied', () => {
  it('costs a plain session nothing, whose cookie lives on (C21, C42)', () =>
    withWorld({}, async (world) => {
      const tabs = await signedInTabs(world, 2, { proof: 'plain' })
      for (let life = 1; life <= 3; life += 1) {
        passes(world, lifeMs)
        expect(await askAll(tabs)).toEqual([200, 200])
      }
      world.browser.storage().evict()
      for (let life = 1; life <= 3; life += 1) {
        passes(world, lifeMs)
        expect(await askAll(tabs)).toEqual([200, 200])
      }
      expectNoAlarm(world, tabs)
    }))
})

describe('memory', () => {
  it('is as good as any other storage for as long as it lasts (C42)', () =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab({ storage: memoryStorage() })
      await tab.client.signIn(credentials)
      expect(keyed(world)).toEqual([true])
      await liveOn(world, tab)
      expectNoAlarm(world, [tab])
      await tab.client.signOut()
      expect((await tab.client.restore()).status).toBe('anonymous')
    }))
})
