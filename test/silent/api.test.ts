// What an application meets: one line makes a client, its fetch is fetch, its token is never an expired one, and its
// state says what is known of the session, also while nothing can be asked.

import { describe, expect, it } from 'vitest'
import { bodyMode, createClient, isClientError } from 'latchkey/client'
import { answer, credentials, failure, hold, openServer, secondsLeft, signedIn, withWorld } from './world/index.ts'

/** The very functions and values of an object, by name. */
const partsOf = (object: object): [string, unknown][] =>
  Object.entries(Object.getOwnPropertyDescriptors(object)).flatMap(([name, descriptor]) =>
    Object.entries(descriptor).map(([part, value]): [string, unknown] => [`${name} ${part}`, value]),
  )

describe('creating a client', () => {
  it('takes one line, and its fetch has the type of fetch (C1)', async () => {
    const server = await openServer()
    const client = createClient({ baseUrl: server.url, transport: bodyMode() })
    const fetchLike: typeof fetch = client.fetch
    expect(await client.signIn(credentials)).toEqual({ id: 'id-of-ada', name: 'ada' })
    const asked = [`${server.url}/me`, new URL('/me', server.url), new Request(`${server.url}/me`), '/me']
    for (const input of asked) {
      expect(await (await fetchLike(input)).json()).toEqual({ subject: 'id-of-ada' })
    }
    client.dispose()
    await server.close()
  })

  it('patches no global (C1)', async () => {
    const objects = [globalThis, ...[Request, Response, Headers, EventTarget, Promise].map((each) => each.prototype)]
    const before = objects.map(partsOf)
    await withWorld({}, async (world) => {
      const { client } = await signedIn(world)
      await client.fetch('/me')
      client.dispose()
    })
    for (const [index, object] of objects.entries()) {
      const was = new Map(before[index])
      const changed = partsOf(object).filter(([name, part]) => !Object.is(was.get(name), part))
      expect(changed).toEqual([])
    }
  })

  it('sends nothing before it is asked to (C1, C25)', () =>
    withWorld({}, async (world) => {
      await signedIn(world)
      const second = world.browser.openTab()
      await world.settle()
      expect(second.client.state).toMatchObject({ status: 'unknown', degraded: false })
      expect(world.browser.sent.filter(({ tab }) => tab === second.number)).toEqual([])
    }))
})

describe('getAccessToken', () => {
  it.each([0, 5, 30, 120, 590])('returns a token that has at least %i seconds left, at any time (C2)', (minSeconds) =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      for (let round = 0; round < 14; round += 1) {
        const token = await tab.client.getAccessToken({ minSeconds })
        expect(secondsLeft(world, token)).toBeGreaterThanOrEqual(Math.max(1, minSeconds))
        await world.advance(99_000)
      }
    }),
  )

  it('returns enough seconds also to a caller who comes together with one that needs fewer (C2, C8)', () =>
    withWorld({}, async (world) => {
      world.browser.hasChannels = false
      const storage = world.browser.storage('of the application')
      const [one, other] = [await signedIn(world, { storage }), world.browser.openTab({ storage })]
      for (const tab of [one, other]) tab.isVisible = false
      await other.client.getAccessToken()
      await world.advance(550_000)
      await one.client.getAccessToken({ minSeconds: 100 })
      await world.advance(100_000)
      const [some, more] = await Promise.all([
        other.client.getAccessToken(),
        other.client.getAccessToken({ minSeconds: 580 }),
      ])
      expect(secondsLeft(world, some)).toBeGreaterThan(60)
      expect(secondsLeft(world, more)).toBeGreaterThanOrEqual(580)
    }))

  it('does not renew again and again for more seconds than a token ever has (C2)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      for (let round = 0; round < 3; round += 1) {
        await tab.client.getAccessToken({ minSeconds: 3600 }).catch((error: unknown) => {
          expect(isClientError(error)).toBe(true)
        })
      }
      expect(world.server.count('/token')).toBeLessThanOrEqual(3)
    }))

  it('throws Offline without a network, and returns the living token while there is one (C2)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      world.browser.goOffline()
      expect(secondsLeft(world, await tab.client.getAccessToken())).toBe(600)
      await world.advance(600_000)
      expect(await failure(tab.client.getAccessToken())).toBe('Offline')
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: true })
      world.browser.goOnline()
      await world.settle()
      expect(secondsLeft(world, await tab.client.getAccessToken())).toBe(600)
    }))

  it('throws SignedOut where nobody is signed in, with a network and without (C2)', () =>
    withWorld({}, async ({ browser }) => {
      const { client } = browser.openTab()
      expect(await failure(client.getAccessToken())).toBe('SignedOut')
      browser.goOffline()
      expect(await failure(client.getAccessToken())).toBe('SignedOut')
    }))
})

describe('the state', () => {
  it('is degraded while the session cannot be renewed, for however long, and never anonymous by itself (C3)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: false, subject: 'id-of-ada' })
      const restart = world.server.always('/token', answer(503))
      await world.run(86_400_000, 3_600_000)
      expect(await failure(tab.client.getAccessToken())).toBe('RefreshUnavailable')
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: true })
      restart()
      await world.advance(120_000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: false })
      expect(tab.toldOf('ended')).toEqual([])
    }))

  it('stays unknown, and degraded, where an outage meets a page that has just been opened (C3)', () =>
    withWorld({}, async (world) => {
      ;(await signedIn(world)).kill()
      await world.advance(600_000)
      const tab = world.browser.openTab()
      const restart = world.server.always('/token', answer(502))
      expect(await tab.client.restore()).toMatchObject({ status: 'unknown', degraded: true })
      restart()
      await world.advance(120_000)
      expect(await tab.client.restore()).toMatchObject({ status: 'authenticated', degraded: false })
    }))

  it('is the same object until something changes (C3)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const { state } = tab.client
      await world.advance(600_000)
      await tab.client.fetch('/me')
      expect(tab.client.state).toBe(state)
    }))

  it('is the same object also while listeners wait for what is under way (C3, C13)', () =>
    withWorld({}, async (world) => {
      await signedIn(world)
      const tab = world.browser.openTab()
      const kept = hold()
      world.server.next('/login', kept)
      const signingIn = tab.client.signIn(credentials)
      await kept.arrived
      const states = []
      for (let times = 0; times < 2; times += 1) {
        tab.wake()
        await world.settle()
        states.push(tab.client.state)
      }
      expect(states[0]).toMatchObject({ status: 'authenticated' })
      expect(states[1]).toBe(states[0])
      kept.release()
      await signingIn
    }))
})
