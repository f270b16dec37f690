// One renewal for a hundred callers, and nobody among them is lost: those who come at once, those who come late, those
// who go away, and those whose token is refused on the way.

import { describe, expect, it } from 'vitest'
import { bodyMode, createClient, memoryStorage } from 'latchkey/client'
import { failure, hold, json, signedIn, withWorld, type Fault, type TabOptions } from './world/index.ts'

const hundred = Array.from({ length: 100 }, (_, index) => index)
const oks = hundred.map(() => 200)

/** What a resource server says of an access token that is over. */
const refused: Fault = json(401, {}, { 'WWW-Authenticate': 'Bearer error="invalid_token"' })

const kinds: readonly [string, () => TabOptions][] = [
  ['cookie mode, with a session key', () => ({})],
  ['cookie mode, plain', () => ({ proof: 'plain' })],
  ['body mode, with a session key', () => ({ storage: memoryStorage() })],
  ['body mode, plain', () => ({ storage: memoryStorage(), proof: 'plain' })],
]

describe.each(kinds)('a hundred calls (%s)', (_name, options) => {
  it('start one renewal when they find the token expired, and all succeed (C8)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world, options())
      for (let life = 1; life <= 3; life += 1) {
        tab.isVisible = false
        await world.advance(600_000)
        const answers = await Promise.all(hundred.map(() => tab.client.fetch('/me')))
        expect([answers.map(({ status }) => status), world.server.count('/token')]).toEqual([oks, life])
      }
      expect([world.server.told('reuse'), world.server.told('unproved')]).toEqual([0, 0])
    }))

  it('start one renewal when the server refuses their tokens, and all are sent again (C8, C10)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world, options())
      world.server.clock.advance(600_000)
      const answers = await Promise.all(hundred.map(() => tab.client.fetch('/me')))
      expect([answers.map(({ status }) => status), world.server.count('/token')]).toEqual([oks, 1])
      expect(world.server.count('/me')).toBe(200)
    }))
})

describe('one renewal', () => {
  it('serves a hundred calls of one tab also where there are no locks (C8, C18)', () =>
    withWorld({}, async (world) => {
      world.browser.hasLocks = false
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const answers = await Promise.all(hundred.map(() => tab.client.fetch('/me')))
      expect([answers.map(({ status }) => status), world.server.count('/token')]).toEqual([oks, 1])
    }))

  it('serves all that may ask: fetch, getAccessToken, restore, a timer and a user who comes back (C8, C26)', () =>
    withWorld({}, async (world) => {
      ;(await signedIn(world)).kill()
      await world.advance(600_000)
      const tab = world.browser.openTab()
      const held = hold()
      world.server.next('/token', held)
      const calls = hundred.map((index) => {
        if (index % 3 === 0) return tab.client.restore()
        return index % 3 === 1 ? tab.client.getAccessToken() : tab.client.fetch('/me')
      })
      await held.arrived
      tab.wake()
      tab.wake(true)
      tab.clock.fireDue()
      held.release()
      await Promise.all(calls)
      expect(world.server.count('/token')).toBe(1)
    }))

  it('serves callers who come while it is on its way (C8)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const held = hold('answer')
      world.server.next('/token', held)
      const early = tab.client.fetch('/me')
      await held.arrived
      const late = [tab.client.fetch('/me'), tab.client.fetch('/me')]
      held.release()
      const statuses = (await Promise.all([early, ...late])).map(({ status }) => status)
      expect([statuses, world.server.count('/token')]).toEqual([[200, 200, 200], 1])
    }))

  it('serves every client of the page with the same base URL, however that is written (C9)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      const clients = [tab.client, tab.createClient(), tab.createClient({ baseUrl: `${world.server.url}/` })]
      await world.advance(600_000)
      const answers = await Promise.all(clients.flatMap(({ fetch }) => [fetch('/me'), fetch('/me')]))
      expect([answers.map(({ status }) => status), world.server.count('/token')]).toEqual([oks.slice(0, 6), 1])
      await tab.client.signOut()
      expect(clients.map(({ state }) => state.status)).toEqual(['anonymous', 'anonymous', 'anonymous'])
    }))

  it('serves every client with the same storage object (C9)', () =>
    withWorld({}, async ({ server }) => {
      const storage = memoryStorage()
      const make = () => createClient({ baseUrl: server.url, transport: bodyMode(storage) })
      const [one, other] = [make(), make()]
      await one.signIn({ username: 'ada', password: 'the right one' })
      server.clock.advance(600_000)
      const answers = await Promise.all([one, other].flatMap(({ fetch }) => [fetch('/me'), fetch('/me')]))
      expect([answers.map(({ status }) => status), server.count('/token')]).toEqual([oks.slice(0, 4), 1])
      for (const client of [one, other]) client.dispose()
    }))

  it('is not shared by clients of two servers (C9)', () =>
    withWorld({}, async (one) =>
      withWorld({ sessions: { origins: [one.server.url] } }, async (other) => {
        const tab = await signedIn(one)
        // Another host name: cookies know no ports.
        const second = tab.createClient({ baseUrl: other.server.url.replace('127.0.0.1', 'localhost') })
        await second.signIn({ username: 'bob', password: 'the right one' })
        expect([tab.client.state.subject, second.state.subject]).toEqual(['id-of-ada', 'id-of-bob'])
        tab.isVisible = false
        other.server.clock.advance(600_000)
        await one.advance(600_000)
        await Promise.all([tab.client.fetch('/me'), second.fetch('/me')])
        expect([one.server.count('/token'), other.server.count('/token')]).toEqual([1, 1])
      }),
    ))
})

describe('a refused token', () => {
  it('is replaced by the present one, without a renewal, where it was an older one (C10)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const held = hold()
      world.server.next('/me', held)
      const slow = tab.client.fetch('/me')
      await held.arrived
      await world.advance(600_000)
      await tab.client.getAccessToken()
      expect(world.server.count('/token')).toBe(1)
      held.release()
      expect((await slow).status).toBe(200)
      expect([world.server.count('/token'), world.server.count('/me')]).toEqual([1, 2])
    }))

  it('costs one renewal and one more try, and a second refusal is the caller’s (C11)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      world.server.always('/me', refused)
      const answer = await tab.client.fetch('/me')
      expect([answer.status, answer.headers.get('WWW-Authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
      expect([world.server.count('/me'), world.server.count('/token')]).toEqual([2, 1])
      expect(tab.client.state.status).toBe('authenticated')
    }))

  it('costs a hundred callers one renewal and a hundred more tries, where the new one is refused too (C11)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      world.server.always('/me', refused)
      const answers = await Promise.all(hundred.map(() => tab.client.fetch('/me')))
      expect(answers.map(({ status }) => status)).toEqual(hundred.map(() => 401))
      expect(world.server.count('/me')).toBe(200)
      expect(world.server.count('/token')).toBeLessThanOrEqual(2)
    }))

  it('is the caller’s answer where it cannot be replaced just now (C11, C31)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      world.server.always('/token', json(503, {}))
      world.server.clock.advance(600_000)
      const got = await tab.client.fetch('/me').then(
        ({ status }) => status,
        (error: { code: string }) => error.code,
      )
      expect([401, 'RefreshUnavailable']).toContain(got)
      expect([tab.client.state.status, world.server.count('/me')]).toEqual(['authenticated', 1])
    }))
})

describe('a caller who gives up', () => {
  it('is rejected with his own reason, and the others get their token (C12)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const held = hold()
      world.server.next('/token', held)
      const [first, second] = [new AbortController(), new AbortController()]
      const leaving = tab.client.getAccessToken({ signal: first.signal })
      const leavingToo = tab.client.fetch('/me', { signal: second.signal })
      const staying = tab.client.fetch('/me')
      await held.arrived
      const reason = new Error('the user has gone elsewhere')
      first.abort(reason)
      second.abort()
      await expect(leaving).rejects.toBe(reason)
      await expect(leavingToo).rejects.toMatchObject({ name: 'AbortError' })
      held.release()
      expect((await staying).status).toBe(200)
      expect(world.server.count('/token')).toBe(1)
    }))

  it('does not stop the renewal, also where he was the only one (C12)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const held = hold()
      world.server.next('/token', held)
      const controller = new AbortController()
      const leaving = tab.client.fetch('/me', { signal: controller.signal })
      await held.arrived
      controller.abort()
      await expect(leaving).rejects.toMatchObject({ name: 'AbortError' })
      held.release()
      await world.settle()
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect([world.server.count('/token'), world.server.count('/me')]).toEqual([1, 1])
    }))

  it('who had given up before he called costs nothing (C12)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const signal = AbortSignal.abort()
      await expect(tab.client.fetch('/me', { signal })).rejects.toMatchObject({ name: 'AbortError' })
      await expect(tab.client.getAccessToken({ signal })).rejects.toMatchObject({ name: 'AbortError' })
      await world.settle()
      expect(world.server.count('/me')).toBe(0)
      expect(world.server.count('/token')).toBeLessThanOrEqual(1)
      expect(await failure(tab.client.getAccessToken())).toMatchObject({ instead: expect.any(String) })
    }))
})
