// A session that the client has bound by DPoP, from sign-in to sign-out, on a real server that asks for nonces. What is
// copied from it is worth nothing; what is lost on the way signs nobody out.

import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { decodeJwt } from 'jose'
import { memoryStorage, type ClientStorage, type Kept } from 'latchkey/client'
import { memoryStore } from 'latchkey/memory'
import { DpopClient, type Place } from '../../helpers/dpop.ts'
import { withVerbs } from '../../helpers/engine.ts'
import { ask } from '../../helpers/requests.ts'
import {
  credentials,
  failure,
  loseAnswer,
  signedIn,
  withWorld,
  type ServerOptions,
  type World,
} from '../world/index.ts'
import { openBoundTab, proofsAt, signedInBound, statusesOf } from './bound-world.ts'

const minute = 60_000
const dayMs = 86_400_000
const placeOf = ({ server }: World): Place => ({ url: server.url, now: server.clock.now })

describe('a bound session', () => {
  it.each(['cookie', 'body'] as const)(
    'signs in, reads, renews, reads and signs out (%s): each request with a proof of its own (C41)',
    (transport) =>
      withWorld({}, async (world) => {
        const { server, advance } = world
        const storage = transport === 'body' ? { storage: memoryStorage() } : {}
        const { client } = await signedInBound(world, storage)
        expect(decodeJwt(await client.getAccessToken())['cnf']).toEqual({ jkt: expect.any(String) })
        for (let turn = 0; turn < 3; turn += 1) expect((await client.fetch('/me?turn=1')).status).toBe(200)
        await advance(10 * minute)
        expect((await client.fetch('/me')).status).toBe(200)
        expect(await client.signOut()).toEqual({ revoked: true })
        expect((await client.fetch('/me')).status).toBe(401)
        // One nonce for the sign-in, one for reading, one for the renewal and one for reading after ten minutes.
        expect(statusesOf(world, '/login')).toEqual([401, 200])
        expect(statusesOf(world, '/me')).toEqual([401, 200, 200, 200, 401, 200, 401])
        expect([server.told('signed_in'), server.told('renewed'), server.told('replayed')]).toEqual([1, 1, 0])
      }),
  )

  it('learns both kinds of nonces on the way, so that who asks often is never sent back', () =>
    withWorld({}, async (world) => {
      const { client } = await signedInBound(world)
      await client.fetch('/me')
      const before = statusesOf(world, '/me').length
      for (let turn = 0; turn < 30; turn += 1) {
        await world.advance(minute)
        expect((await client.fetch('/me')).status).toBe(200)
      }
      expect(statusesOf(world, '/me').slice(before)).toEqual(Array.from({ length: 30 }, () => 200))
    }))

  it('goes on after a reload with the key that is kept, which script cannot read out (C41)', () =>
    withWorld({}, async (world) => {
      const first = await signedInBound(world)
      await first.client.fetch('/me')
      const record = world.browser.storage().records.at(-1)
      const key = record?.key
      if (typeof key !== 'object' || !('privateKey' in key)) throw new Error('no pair of keys is kept')
      expect([key.privateKey.extractable, record?.refreshToken, record?.accessToken]).toEqual([
        false,
        undefined,
        undefined,
      ])
      first.kill()
      const second = openBoundTab(world)
      expect((await second.client.fetch('/me')).status).toBe(200)
      expect(second.client.state.sessionId).toBe(record?.sessionId)
      expect(world.server.told('unproved')).toBe(0)
    }))

  it('goes on after a restart with a key that is kept as a text, where the storage holds no keys (C45)', () =>
    withWorld({}, async (world) => {
      const storage = textStorage()
      const first = await signedInBound(world, { storage })
      expect(keptText(await storage.read())).toMatchObject({
        kty: 'EC',
        crv: 'P-256',
        d: expect.any(String),
      })
      first.kill()
      await world.advance(11 * minute)
      const second = openBoundTab(world, { storage: textStorage(await storage.read()) })
      expect((await second.client.fetch('/me')).status).toBe(200)
      expect([world.server.told('renewed'), world.server.told('unproved')]).toEqual([1, 0])
    }))
})

describe('what is copied from a bound session', () => {
  it('renews nothing and reads nothing without the key; the owner goes on, and the alarm is told', () =>
    withWorld({}, async (world) => {
      const storage = memoryStorage()
      const { client } = await signedInBound(world, { storage })
      const { refreshToken = '', accessToken = '' } = (await storage.read()) ?? {}
      const place = placeOf(world)
      const thief = new DpopClient()
      const body = { refreshToken }
      expect((await ask(place.url, 'POST /token', { body })).status).toBe(403)
      expect((await thief.ask(place, 'POST /token', { body })).status).toBe(403)
      expect((await ask(place.url, 'GET /me', { bearer: accessToken })).status).toBe(401)
      expect((await thief.ask(place, 'GET /me', { token: accessToken })).status).toBe(401)
      expect(world.server.told('unproved')).toBe(2)
      expect((await client.fetch('/me')).status).toBe(200)
      await world.advance(10 * minute)
      expect((await client.fetch('/me')).status).toBe(200)
    }))

  it('is worth nothing as a whole cookie jar either', () =>
    withWorld({}, async (world) => {
      const { client } = await signedInBound(world)
      const thief = world.openBrowser(world.browser.jar.copy()).openTab()
      expect(await failure(thief.client.getAccessToken())).toBe('RefreshRejected')
      expect(thief.toldOf('ended')).toMatchObject([{ reason: 'lost' }])
      expect(world.server.told('unproved')).toBeGreaterThan(0)
      await world.advance(10 * minute)
      expect((await client.fetch('/me')).status).toBe(200)
    }))
})

describe('nobody is signed out of a bound session', () => {
  it('by an answer that is lost after the server has renewed: the next proof gets the same successor (C34)', () =>
    withWorld({ accessSeconds: 240 }, async (world) => {
      const { client } = await signedInBound(world)
      world.server.next('/token', loseAnswer)
      await world.run(5 * minute, minute)
      expect((await client.fetch('/me')).status).toBe(200)
      const ids = proofsAt(world, '/token').map(({ jti }) => jti)
      expect([new Set(ids).size, world.server.told('replayed')]).toEqual([ids.length, 0])
      expect(world.server.told('again')).toBe(1)
    }))

  it('by a store that has lost the last renewal (healed)', () => {
    let isLost = false
    const store = memoryStore()
    // It says that it has renewed, and after its restart knows nothing of it.
    const forgetful = withVerbs(store, {
      advance: async (step) => {
        const row = isLost ? await store.find(step.sid) : undefined
        return row ? { ...row, generation: step.to, rotatedAt: step.at } : store.advance(step)
      },
    })
    return withWorld({ latchkey: { store: forgetful } }, async (world) => {
      const { client } = await signedInBound(world)
      isLost = true
      await world.advance(10 * minute)
      expect((await client.fetch('/me')).status).toBe(200)
      isLost = false
      await world.advance(10 * minute)
      expect((await client.fetch('/me')).status).toBe(200)
      expect([world.server.told('healed'), world.server.told('unproved')]).toEqual([1, 0])
    })
  })

  const silent: Pick<ServerOptions, 'mount'> = {
    mount: (app) =>
      void app.use((_req, res, next) => {
        res.removeHeader('Date')
        res.sendDate = false
        next()
      }),
  }
  it.each([
    ['a day behind', -dayMs, {}],
    ['a day ahead', dayMs, {}],
    ['a day behind, where no answer tells the time', -dayMs, silent],
    ['a day ahead, where no answer tells the time', dayMs, silent],
    ['three months ahead', 90 * dayMs, silent],
  ])('by a clock that is %s: each life costs one renewal (C29)', (_, clockOffsetMs, options) =>
    withWorld(options, async (world) => {
      const { client } = await signedInBound(world, { clockOffsetMs })
      for (let life = 0; life < 5; life += 1) {
        await world.advance(10 * minute)
        expect((await client.fetch('/me')).status).toBe(200)
      }
      const { server } = world
      expect([server.told('renewed'), server.told('unproved'), server.told('replayed')]).toEqual([5, 0, 0])
    }),
  )
})

describe('a session of another kind', () => {
  it('begun before the application asked for DPoP ends as lost, and a sign-in begins a bound one', () =>
    withWorld({}, async (world) => {
      const old = await signedIn(world)
      old.kill()
      await world.advance(11 * minute)
      const tab = openBoundTab(world)
      expect(await failure(tab.client.getAccessToken())).toBe('RefreshRejected')
      expect(tab.toldOf('ended')).toMatchObject([{ reason: 'lost' }])
      await tab.client.signIn(credentials)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect(decodeJwt(await tab.client.getAccessToken())).toHaveProperty('cnf')
    }))

  it('is never begun in silence: where the storage fails, the key is in memory and the session bound all the same (C42)', () =>
    withWorld({}, async (world) => {
      const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
      onTestFinished(() => warned.mockRestore())
      const tab = openBoundTab(world)
      world.browser.storage().before = () => {
        throw new Error('no room')
      }
      await tab.client.signIn(credentials)
      expect(decodeJwt(await tab.client.getAccessToken())).toHaveProperty('cnf')
      expect((await tab.client.fetch('/me')).status).toBe(200)
    }))
})

function keptText(kept: Kept | null): unknown {
  if (typeof kept?.key !== 'string') throw new Error('the key is not kept as a text')
  return JSON.parse(kept.key)
}

/** Keeps one session as a file does: as a text. */
function textStorage(first: unknown = null): ClientStorage {
  let text = JSON.stringify(first)
  const read: ClientStorage['read'] = async () => JSON.parse(text)
  return {
    read,
    write: async (kept) => {
      text = JSON.stringify(kept)
    },
    remove: async () => {
      text = 'null'
    },
    keepsKeys: false,
  }
}
