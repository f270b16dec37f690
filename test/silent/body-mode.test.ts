// Body mode: what is particular to tokens that travel in bodies and are kept by the application.

import { bodyMode, memoryStorage, plain, type ClientStorage } from 'latchkey/client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClientIn } from '../helpers/client-in.ts'
import { passes } from './tabs-begin.ts'
import { credentials, failure, json, signedIn, TabClock, withWorld, type World } from './world/index.ts'

const lifeMs = 600_000

/** A storage that holds texts alone, as a file does. */
const textsOnly = (): ClientStorage => ({ ...memoryStorage(), keepsKeys: false })

const proofsIn = ({ server }: World, path: string): boolean[] =>
  server.requests.filter((each) => each.path === path).map(({ headers }) => headers['latchkey-proof'] !== undefined)

afterEach(() => void vi.restoreAllMocks())

describe('a request of body mode', () => {
  it('brings no cookies and no mark of cookie mode, and one of cookie mode brings both (C41)', () =>
    withWorld({}, async ({ browser }) => {
      const asked: RequestInit[] = []
      const watching: typeof fetch = (input, init = {}) => {
        asked.push(init)
        return browser.fetchOfPage(input, init)
      }
      for (const storage of [memoryStorage(), undefined]) {
        const tab = browser.openTab({ fetch: watching, ...(storage && { storage }) })
        await tab.client.signIn(credentials)
      }
      const seen = asked.map(({ credentials: sent, headers }) => [sent, new Headers(headers).get('Latchkey-Transport')])
      expect(seen).toEqual([
        ['omit', null],
        ['include', 'cookie'],
      ])
    }))
})

describe('an answer of body mode', () => {
  it('that brings no other refresh token leaves the one there is (C35)', () =>
    withWorld({}, async (world) => {
      const storage = memoryStorage()
      const tab = await signedIn(world, { storage })
      const kept = await storage.read()
      passes(world, lifeMs)
      const accessToken = kept?.accessToken
      world.server.next('/token', json(200, { accessToken, tokenType: 'Bearer', expiresIn: 600 }))
      await tab.client.getAccessToken()
      expect((await storage.read())?.refreshToken).toBe(kept?.refreshToken)
      passes(world, lifeMs)
      expect((await tab.client.fetch('/me')).status).toBe(200)
    }))
})

describe('a key', () => {
  it('that cannot be used any more is none: the session is lost, by its code (C4)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world, { storage: textsOnly() })
      passes(world, lifeMs)
      vi.spyOn(crypto.subtle, 'digest').mockRejectedValue(new TypeError('no such function'))
      expect(await failure(tab.client.getAccessToken())).toBe('RefreshRejected')
      expect(tab.toldOf('ended')).toMatchObject([{ reason: 'lost' }])
    }))

  it('that is no key is none either (C4)', () =>
    withWorld({}, async (world) => {
      const storage = textsOnly()
      ;(await signedIn(world, { storage })).kill()
      await storage.write({ ...(await storage.read())!, key: '%' })
      passes(world, lifeMs)
      const tab = world.browser.openTab({ storage })
      expect(await failure(tab.client.getAccessToken())).toBe('RefreshRejected')
      expect(tab.toldOf('ended')).toMatchObject([{ reason: 'lost' }])
    }))

  it('that a session does not have costs it nothing, where there is no WebCrypto (C18)', () =>
    withWorld({}, async (world) => {
      const digest = vi.spyOn(crypto.subtle, 'digest')
      const tab = await signedIn(world, { storage: textsOnly(), proof: plain })
      passes(world, lifeMs)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect([proofsIn(world, '/token'), digest.mock.calls]).toEqual([[false], []])
    }))

  it('that a session has is used, also where new ones are plain (C41)', () =>
    withWorld({}, async (world) => {
      const storage = memoryStorage()
      ;(await signedIn(world, { storage })).kill()
      const tab = world.browser.openTab({ storage, proof: plain })
      passes(world, lifeMs)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(proofsIn(world, '/token')).toEqual([true])
    }))
})

describe('a lock', () => {
  it('of memory needs nothing that React Native does not have (C44)', () =>
    withWorld({}, async ({ server }) => {
      const timeout = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
        throw new TypeError('AbortSignal.timeout is not a function')
      })
      const { now, elapsed, after } = new TabClock(server.clock.now())
      const ports = { now, steady: elapsed, after, chance: () => 0.5 }
      const client = createClientIn(ports, { baseUrl: server.url, transport: bodyMode() })
      await client.signIn(credentials)
      server.clock.advance(400_000)
      await client.getAccessToken({ minSeconds: 600 }).catch(() => undefined)
      client.dispose()
      const again = createClientIn(ports, { baseUrl: server.url, transport: bodyMode(memoryStorage()) })
      await again.signIn(credentials)
      again.dispose()
      expect(timeout).not.toHaveBeenCalled()
    }))

  it('that fails at once keeps nobody busy: a token that is due is looked at once a second (C24)', () =>
    withWorld({}, async (world) => {
      let reads = 0
      const real = memoryStorage()
      const tab = await signedIn(world, {
        storage: {
          ...real,
          read: (sessionId) => {
            reads += 1
            return real.read(sessionId)
          },
          lock: () => Promise.reject(new Error('ECONNREFUSED')),
        },
      })
      await world.advance(545_000)
      reads = 0
      await world.advance(10_000)
      expect(reads).toBeLessThanOrEqual(30)
      await world.advance(60_000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(world.server.count('/token')).toBe(1)
    }))
})
