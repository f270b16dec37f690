// The few words of our server's that end a session, each with its reason, and told once. And the two that end it only
// after hint and key have been read once more, because another tab may have signed in meanwhile.

import { describe, expect, it } from 'vitest'
import { memoryStorage, type EndedReason } from 'latchkey/client'
import { credentials, failure, hold, problem, signedIn, withWorld, type Tab, type World } from './world/index.ts'

const endings: readonly [string, EndedReason][] = [
  ['expired', 'expired'],
  ['ended', 'revoked'],
  ['reuse', 'reuse_detected'],
  ['invalid', 'revoked'],
]
const refusals = endings.flatMap(([reason, told]) => [400, 401, 403].map((status) => [reason, status, told] as const))

/** A tab whose token is over. */
async function stale(world: World, options = {}): Promise<Tab> {
  const tab = await signedIn(world, options)
  tab.isVisible = false
  await world.advance(600_000)
  return tab
}

const rejectionOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (instead) => ({ instead }),
    (error: unknown) => error,
  )

describe('the session is over, and told once,', () => {
  it.each(refusals)('when the renewal is refused with %s and %i: %s (C31, C48)', (reason, status, told) =>
    withWorld({}, async (world) => {
      const tab = await stale(world)
      const { sessionId } = tab.client.state
      world.server.always('/token', problem(status, reason))
      const calls = [tab.client.getAccessToken(), tab.client.fetch('/me'), tab.client.getAccessToken()]
      const errors = await Promise.all(calls.map(rejectionOf))
      for (const error of errors) expect(error).toMatchObject({ code: 'RefreshRejected', reason: told })
      expect(tab.client.state).toMatchObject({ status: 'anonymous', degraded: false, sessionId: null })
      expect([tab.toldOf('ended'), world.server.count('/token')]).toEqual([[{ sessionId, reason: told }], 1])
      // From now on nobody is signed in, and nothing asks.
      expect(await failure(tab.client.getAccessToken())).toBe('SignedOut')
      await world.advance(600_000)
      expect([tab.toldOf('ended').length, world.browser.count('/token')]).toEqual([1, 1])
    }),
  )

  it('when the real server says that somebody has ended it (C31, C48)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      await world.server.latchkey.revoke('id-of-ada', tab.client.state.sessionId ?? '', 'revoked')
      const refused = await rejectionOf(tab.client.fetch('/me'))
      expect(tab.client.state.status).toBe('anonymous')
      expect(tab.toldOf('ended').map(({ reason }) => reason)).toEqual(['revoked'])
      const isAnswer = refused !== null && typeof refused === 'object' && 'instead' in refused
      if (!isAnswer) expect(refused).toMatchObject({ code: 'RefreshRejected', reason: 'revoked' })
    }))

  it('when the real server says that its life is over (C31, C48)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      world.server.clock.advance(15 * 86_400_000)
      tab.clock.sleep(15 * 86_400_000)
      expect(await rejectionOf(tab.client.getAccessToken())).toMatchObject({
        code: 'RefreshRejected',
        reason: 'expired',
      })
      expect(tab.toldOf('ended').map(({ reason }) => reason)).toEqual(['expired'])
    }))

  it('when a plain session’s token was used by somebody else (C31, C48)', () =>
    withWorld({}, async (world) => {
      const storage = memoryStorage()
      const tab = await stale(world, { storage, proof: 'plain' })
      const refreshToken = (await storage.read())?.refreshToken ?? ''
      const headers = { 'Content-Type': 'application/json' }
      const body = JSON.stringify({ refreshToken })
      await fetch(`${world.server.url}/token`, { method: 'POST', headers, body })
      await world.advance(60_000)
      const error = await rejectionOf(tab.client.getAccessToken())
      expect(error).toMatchObject({ code: 'RefreshRejected', reason: 'reuse_detected' })
      expect(tab.toldOf('ended').map(({ reason }) => reason)).toEqual(['reuse_detected'])
    }))
})

describe('a session that lacks its proof or its cookie', () => {
  it.each(['unproved', 'missing'])('is lost where %s is said twice (C31, C48)', (reason) =>
    withWorld({}, async (world) => {
      const tab = await stale(world)
      world.server.always('/token', problem(reason === 'missing' ? 401 : 403, reason))
      expect(await rejectionOf(tab.client.getAccessToken())).toMatchObject({ code: 'RefreshRejected', reason: 'lost' })
      expect(tab.toldOf('ended').map((event) => event.reason)).toEqual(['lost'])
      expect(world.server.count('/token')).toBeLessThanOrEqual(2)
      expect(await failure(tab.client.getAccessToken())).toBe('SignedOut')
    }),
  )

  it.each(['unproved', 'missing'])('goes on where %s was said once (C31)', (reason) =>
    withWorld({}, async (world) => {
      const tab = await stale(world)
      world.server.next('/token', problem(reason === 'missing' ? 401 : 403, reason))
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect([tab.toldOf('ended'), world.server.count('/token')]).toEqual([[], 2])
    }),
  )

  it('is lost where the browser has evicted its key, and a new sign-in is all it takes (C31, C48)', () =>
    withWorld({}, async (world) => {
      const tab = await stale(world)
      tab.kill()
      world.browser.storage().evict()
      const next = world.browser.openTab()
      expect(await next.client.restore()).toMatchObject({ status: 'anonymous' })
      expect(world.server.count('/token')).toBeLessThanOrEqual(2)
      await next.client.signIn(credentials)
      await world.advance(600_000)
      expect((await next.client.fetch('/me')).status).toBe(200)
      expect(next.client.state.status).toBe('authenticated')
    }))

  it('is lost where its cookies were deleted (C31, C48)', () =>
    withWorld({}, async (world) => {
      const tab = await stale(world)
      world.browser.jar.clear()
      const asked = failure(tab.client.getAccessToken())
      // It may wait a moment for another tab to say why.
      await world.settle()
      await world.advance(2000)
      expect(['RefreshRejected', 'SignedOut']).toContain(await asked)
      expect([tab.client.state.status, tab.toldOf('ended').length]).toEqual(['anonymous', 1])
      expect(world.server.count('/token')).toBeLessThanOrEqual(2)
    }))

  it('is not lost to a tab that still holds the key of an earlier session, where another has signed in (C31)', () =>
    withWorld({}, async (world) => {
      world.browser.hasChannels = false
      world.browser.hasLocks = false
      const old = await stale(world)
      const other = world.browser.openTab()
      const held = hold()
      world.server.next('/token', held)
      // The old tab has proved with the old key; before the server looks, the cookies are another session's.
      const waiting = rejectionOf(old.client.getAccessToken())
      await held.arrived
      await other.client.signIn(credentials)
      held.release()
      await waiting
      await world.settle()
      expect((await other.client.fetch('/me')).status).toBe(200)
      await world.advance(600_000)
      expect((await other.client.fetch('/me')).status).toBe(200)
      expect((await old.client.fetch('/me')).status).toBe(200)
      expect(other.toldOf('ended')).toEqual([])
    }))
})

describe('an early renewal', () => {
  it.each(['expired', 'unavailable'])('that is refused (%s) breaks no request while the token lives (C32)', (reason) =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(570_000)
      const held = hold()
      world.server.next('/me', held)
      world.server.always('/token', problem(reason === 'expired' ? 403 : 503, reason))
      const going = tab.client.fetch('/me')
      await held.arrived
      await world.settle()
      held.release()
      expect((await going).status).toBe(200)
    }),
  )

  it('that fails leaves the living token in use, until its end (C32)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const restart = world.server.always('/token', problem(503, 'unavailable'))
      await world.run(595_000, 5000)
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: true })
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(await tab.client.getAccessToken({ minSeconds: 1 })).toMatch(/^ey/)
      expect(await tab.client.getAccessToken()).toMatch(/^ey/)
      await world.advance(6000)
      expect(await failure(tab.client.fetch('/me'))).toBe('RefreshUnavailable')
      restart()
      await world.run(120_000, 1000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
    }))
})
