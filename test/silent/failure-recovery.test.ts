// Answers that are lost after the server has done its part, storages that are slower than the network, and sign-outs
// without a network: in each, what the user has must be what the client has kept.

import { describe, expect, it } from 'vitest'
import { memoryStorage } from 'latchkey/client'
import {
  credentials,
  hold,
  loseAnswer,
  signedIn,
  withWorld,
  type Tab,
  type TabOptions,
  type World,
} from './world/index.ts'

const kinds: readonly [string, () => TabOptions][] = [
  ['cookie mode, with a session key', () => ({})],
  ['body mode, with a session key', () => ({ storage: memoryStorage() })],
]

/** Goes on until a request succeeds, as a user would; the statuses and codes on the way. */
async function untilItWorks({ advance }: World, tab: Tab): Promise<void> {
  for (let tries = 0; tries < 20; tries += 1) {
    const isGood = await tab.client.fetch('/me').then(
      ({ status }) => status === 200,
      () => false,
    )
    if (isGood) return
    await advance(61_000)
  }
  throw new Error('it never worked again')
}

describe.each(kinds)('an answer that is lost after the server has committed (%s)', (_name, options) => {
  it.each([1, 2, 5])('%i times in a row: the client goes on, and nobody is signed out (C34)', (times) =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world, options())
      tab.isVisible = false
      await world.advance(600_000)
      world.server.next('/token', ...Array.from({ length: times }, () => loseAnswer))
      await untilItWorks(world, tab)
      expect([world.server.told('renewed'), world.server.told('again')]).toEqual([1, times])
      await world.advance(600_000)
      await untilItWorks(world, tab)
      expect([world.server.told('reuse'), world.server.told('unproved'), tab.toldOf('ended')]).toEqual([0, 0, []])
    }),
  )

  it('and comes after its time limit, while the next try is on its way: the same (C34, C21)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world, options())
      tab.isVisible = false
      await world.advance(600_000)
      const held = hold('answer')
      world.server.next('/token', held)
      const waiting = tab.client.fetch('/me').catch(() => undefined)
      await held.arrived
      await world.advance(8001)
      await waiting
      await world.advance(61_000)
      const next = tab.client.fetch('/me')
      held.release()
      expect((await next).status).toBe(200)
      await world.advance(600_000)
      await untilItWorks(world, tab)
      expect([world.server.told('reuse'), world.server.told('unproved'), tab.toldOf('ended')]).toEqual([0, 0, []])
    }))

  it('of a plain session is had again within the leeway (C34)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world, { ...options(), proof: 'plain' })
      tab.isVisible = false
      await world.advance(600_000)
      world.server.next('/token', loseAnswer)
      await tab.client.fetch('/me').catch(() => undefined)
      await world.advance(2001)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(world.server.told('reuse')).toBe(0)
    }))
})

describe('what a renewal brings', () => {
  it.each(kinds)('is kept before a caller has it and before another tab hears of it (%s; C35)', (_name, options) =>
    withWorld({}, async (world) => {
      const inBody = 'storage' in options()
      const storage = inBody ? world.browser.storage('of the application') : undefined
      const tab = await signedIn(world, storage === undefined ? {} : { storage })
      tab.isVisible = false
      await world.advance(600_000)
      const messages = world.browser.hub.messages.length
      let letGo: () => void = () => undefined
      const gate = new Promise<void>((resolve) => {
        letGo = resolve
      })
      const kept = storage ?? world.browser.storage()
      kept.before = (verb) => (verb === 'write' ? gate : undefined)
      const has: string[] = []
      const calls = [tab.client.getAccessToken(), tab.client.fetch('/me')].map(async (call) => {
        await call
        has.push('called back')
      })
      await world.settle()
      // Nor has one who comes while it is being kept.
      calls.push(tab.client.getAccessToken().then(() => void has.push('called back')))
      await world.settle()
      expect([world.server.count('/token'), has]).toEqual([1, []])
      expect([world.browser.hub.messages.length, tab.toldOf('refreshed')]).toEqual([messages, []])
      letGo()
      await Promise.all(calls)
      await world.settle()
      expect([has.length, tab.toldOf('refreshed').length]).toEqual([3, 1])
    }),
  )

  it('is what the next start goes on from, also where the tab dies at once (C35)', () =>
    withWorld({}, async (world) => {
      const storage = world.browser.storage('of the application')
      const tab = await signedIn(world, { storage, proof: 'plain' })
      for (let starts = 0; starts < 4; starts += 1) {
        await world.advance(600_000)
        const next = world.browser.openTab({ storage })
        await next.client.getAccessToken()
        next.kill()
      }
      tab.kill()
      expect([world.server.told('renewed'), world.server.told('reuse')]).toEqual([4, 0])
    }))
})

describe('a sign-out', () => {
  it('without a network is over here and in all tabs at once, and says that the server was not told (C36)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const other = world.browser.openTab()
      await other.client.restore()
      const before = world.browser.count('/token')
      world.browser.goOffline()
      const leaving = tab.client.signOut()
      await world.settle()
      expect([tab.client.state.status, other.client.state.status]).toEqual(['anonymous', 'anonymous'])
      expect(await leaving).toEqual({ revoked: false })
      for (const each of [tab, other]) expect(each.toldOf('ended').map(({ reason }) => reason)).toEqual(['signed_out'])
      world.browser.goOnline()
      await world.settle()
      const next = world.browser.openTab()
      expect(await next.client.restore()).toMatchObject({ status: 'anonymous' })
      for (const { client } of [tab, other, next]) {
        expect(await (await client.fetch('/open/echo')).json()).not.toHaveProperty('headers.authorization')
      }
      expect(world.browser.count('/token')).toBe(before)
    }))

  it('without a network forgets what a storage keeps (C36)', () =>
    withWorld({}, async (world) => {
      const storage = world.browser.storage('of the application')
      const tab = await signedIn(world, { storage })
      world.browser.network = 'down'
      expect(await tab.client.signOut()).toEqual({ revoked: false })
      expect([storage.records, tab.client.state.status]).toEqual([[], 'anonymous'])
    }))

  it('is said to be pending where the server does not answer in time, and done where it does (C36)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const held = hold()
      world.server.next('/logout', held)
      const leaving = tab.client.signOut()
      await held.arrived
      expect(tab.client.state.status).toBe('anonymous')
      await world.advance(8001)
      expect(await leaving).toEqual({ revoked: false })
      held.drop()
      await tab.client.signIn(credentials)
      expect(await tab.client.signOut()).toEqual({ revoked: true })
      expect(tab.toldOf('ended').map(({ reason }) => reason)).toEqual(['signed_out', 'signed_out'])
    }))

  it('of nobody is no error, and tells nobody (C36, C48)', () =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab()
      await tab.client.signOut()
      expect([tab.toldOf('ended'), tab.client.state.status]).toEqual([[], 'anonymous'])
    }))
})
