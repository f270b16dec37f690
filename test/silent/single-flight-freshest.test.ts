// What comes late: an answer that others have overtaken, a renewal that outlives its session. The freshest wins, and a
// session that is over stays over.

import { describe, expect, it } from 'vitest'
import { credentials, failure, hold, secondsLeft, signedIn, withWorld } from './world/index.ts'

describe('an answer that comes late', () => {
  it('never takes the place of a fresher one (C21)', () =>
    withWorld({}, async (world) => {
      world.browser.hasLocks = false
      const slow = await signedIn(world)
      const quick = world.browser.openTab()
      for (const tab of [slow, quick]) tab.isVisible = false
      await quick.client.restore()
      await world.advance(600_000)
      const held = hold('answer')
      world.server.next('/token', held)
      const waiting = slow.client.getAccessToken()
      await held.arrived
      // Below the time limit of a request, so that the slow one is still waiting.
      await world.advance(7000)
      const fresh = await quick.client.getAccessToken()
      await world.settle()
      held.release()
      await waiting
      await world.settle()
      const [kept, keptToo] = [await slow.client.getAccessToken(), await quick.client.getAccessToken()]
      expect([secondsLeft(world, fresh), secondsLeft(world, kept), secondsLeft(world, keptToo)]).toEqual([
        600, 600, 600,
      ])
      expect([world.server.told('reuse'), world.server.told('unproved')]).toEqual([0, 0])
    }))

  it('brings its token to a user who has signed in again meanwhile in no way (C21)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const held = hold('answer')
      world.server.next('/token', held)
      const waiting = failure(tab.client.getAccessToken())
      await held.arrived
      const signingIn = tab.client.signIn({ ...credentials, username: 'bob' })
      held.release()
      expect(await signingIn).toMatchObject({ id: 'id-of-bob' })
      await waiting
      expect(await (await tab.client.fetch('/me')).json()).toEqual({ subject: 'id-of-bob' })
      await world.advance(600_000)
      expect(await (await tab.client.fetch('/me')).json()).toEqual({ subject: 'id-of-bob' })
      expect([tab.client.state.subject, world.server.told('unproved')]).toEqual(['id-of-bob', 0])
    }))
})

describe('a renewal that ends after the sign-out', () => {
  it('is thrown away, and leaves neither state nor cookie nor session behind (C22)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const held = hold('answer')
      world.server.next('/token', held)
      const waiting = failure(tab.client.getAccessToken())
      await held.arrived
      const leaving = tab.client.signOut()
      await world.settle()
      expect(tab.client.state.status).toBe('anonymous')
      held.release()
      expect([await leaving, await waiting]).toEqual([{ revoked: true }, 'SignedOut'])
      await world.settle()
      expect(tab.client.state.status).toBe('anonymous')
      expect(world.browser.jar.header(new URL(world.server.url))).toBe('')
      expect([world.server.told('revoked'), tab.toldOf('ended')]).toEqual([
        1,
        [{ sessionId: expect.any(String) as string, reason: 'signed_out' }],
      ])
      expect(world.browser.storage().records.filter(({ sessionId }) => sessionId !== '')).toEqual([])
    }))

  it('does not keep the page waiting, which hears of the sign-out at once (C36, C13)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const held = hold()
      world.server.next('/token', held)
      const waiting = failure(tab.client.getAccessToken())
      await held.arrived
      const leaving = tab.client.signOut()
      await world.settle()
      // Its user has asked for it, and a slow server must not show him as signed in.
      expect(tab.toldOf('ended').map(({ reason }) => reason)).toEqual(['signed_out'])
      expect(tab.toldOf('change').at(-1)).toMatchObject({ status: 'anonymous' })
      held.release()
      await Promise.all([leaving, waiting])
    }))

  it('is thrown away in body mode too, and nothing of it is kept (C22)', () =>
    withWorld({}, async (world) => {
      const storage = world.browser.storage('of the application')
      const tab = await signedIn(world, { storage })
      tab.isVisible = false
      await world.advance(600_000)
      const held = hold('answer')
      world.server.next('/token', held)
      const waiting = failure(tab.client.getAccessToken())
      await held.arrived
      const leaving = tab.client.signOut()
      held.release()
      expect([await leaving, await waiting]).toEqual([{ revoked: true }, 'SignedOut'])
      await world.settle()
      expect([storage.records, tab.client.state.status, world.server.told('revoked')]).toEqual([[], 'anonymous', 1])
    }))

  it('tells nobody of a refreshed session (C22)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const other = world.browser.openTab()
      await other.client.restore()
      for (const each of [tab, other]) each.isVisible = false
      await world.advance(600_000)
      const [before, beforeToo] = [tab, other].map((each) => each.toldOf('refreshed').length)
      const held = hold('answer')
      world.server.next('/token', held)
      const waiting = failure(tab.client.getAccessToken())
      await held.arrived
      const leaving = tab.client.signOut()
      held.release()
      await Promise.all([leaving, waiting])
      await world.settle()
      expect([tab, other].map((each) => each.toldOf('refreshed').length)).toEqual([before, beforeToo])
      expect(other.client.state.status).toBe('anonymous')
    }))
})
