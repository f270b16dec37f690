// Bound sessions on every store and through two nodes: the key is what counts on each of them, a proof that one node has
// taken is used up on the other, and a thief with the token alone gets nothing anywhere.

import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Events, Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { postgresStore } from 'latchkey/postgres'
import { redisStore } from 'latchkey/redis'
import { sqliteStore } from 'latchkey/sqlite'
import { DpopClient, type Place } from '../helpers/dpop.ts'
import { postgresMissing, startPostgres } from '../helpers/postgres.ts'
import { redisMissing, startRedis } from '../helpers/redis.ts'
import { generationOf, renew } from '../helpers/requests.ts'
import { freshFolder, removeFolder } from '../helpers/server.ts'
import { placeOf, publicUrl } from './dpop-world.ts'
import { credentials, startApp, type RunningApp } from './in-process.ts'

/** A database, and a way for each node to open it. */
interface Engine {
  readonly open: () => Store | Promise<Store>
  readonly remove: () => Promise<void> | void
}

function inMemory(): Engine {
  const store = memoryStore()
  return { open: () => store, remove: () => undefined }
}

function onSqlite(): Engine {
  const folder = freshFolder()
  return { open: () => sqliteStore(join(folder, 'latchkey.db')), remove: () => removeFolder(folder) }
}

async function onPostgres(): Promise<Engine> {
  const server = await startPostgres({ settings: { fsync: 'off' } })
  return { open: () => postgresStore({ pool: server.url() }), remove: () => server.remove() }
}

async function onRedis(): Promise<Engine> {
  const server = await startRedis()
  return { open: () => redisStore({ client: server.url }), remove: () => server.remove() }
}

const engines: readonly (readonly [string, string | null, () => Engine | Promise<Engine>])[] = [
  ['memory', null, inMemory],
  ['SQLite', null, onSqlite],
  ['PostgreSQL', postgresMissing, onPostgres],
  ['Redis', redisMissing, onRedis],
]

describe.each(engines)('on %s, two nodes', (_, missing, start) => {
  let engine: Engine
  let apps: RunningApp[] = []
  let [one, two]: Place[] = []
  let heard: (readonly [string, Events['unproved'] | Events['replayed']])[] = []
  beforeAll(async () => {
    if (missing === null) engine = await start()
  })
  afterAll(() => engine?.remove())
  beforeEach(async () => {
    if (missing !== null) return
    heard = []
    apps = [await node(), await node()]
    ;[one, two] = apps.map(placeOf)
  })
  afterEach(async () => {
    for (const app of apps) await app.close()
    apps = []
  })

  async function node(): Promise<RunningApp> {
    const app = await startApp({ latchkey: { store: await engine.open() } })
    app.latchkey.on('unproved', (event) => heard.push(['unproved', event]))
    app.latchkey.on('replayed', (event) => heard.push(['replayed', event]))
    return app
  }

  it.skipIf(missing !== null)(
    'renew a bound session by turns; a nonce of one is good on the other (DP-7, DP-8)',
    async () => {
      const client = await DpopClient.signIn(one!, credentials)
      for (const place of [two!, one!, two!]) {
        const body = { refreshToken: client.refreshToken }
        // Once: nobody asks for another nonce.
        client.take(await client.send(place, 'POST /token', { body }))
        expect((await client.get(place, '/sessions')).status).toBe(200)
      }
      expect([generationOf(client.refreshToken), heard]).toEqual([4, []])
    },
  )

  it.skipIf(missing !== null)(
    'renew nothing for who has only the token, or the token and another key, and report each try (DP-8, RT-1)',
    async () => {
      const client = await DpopClient.signIn(one!, credentials)
      const thief = new DpopClient()
      thief.refreshToken = client.refreshToken
      for (const place of [one!, two!]) {
        const answers = [await renew(place.url, client.refreshToken), await thief.renew(place)]
        for (const { status, text } of answers) expect([status, text]).toEqual([403, '{"error":"Forbidden"}'])
      }
      expect(heard.map(([name]) => name)).toEqual(['unproved', 'unproved', 'unproved', 'unproved'])
      expect((await client.renew(two!)).status).toBe(200)
      expect(generationOf(client.refreshToken)).toBe(2)
      // An old token is answered with the newest, to its key alone.
      for (const place of [one!, two!]) expect((await thief.renew(place)).status).toBe(403)
      expect((await client.renew(one!)).status).toBe(200)
    },
  )

  it.skipIf(missing !== null)(
    'take a proof once between them, at token routes and resources (DP-5, attack 19)',
    async () => {
      const client = await DpopClient.signIn(one!, credentials)
      expect((await client.get(one!, '/me')).status).toBe(200)
      const { url, now } = one!
      const read = client.key.proof({
        method: 'GET',
        url: `${publicUrl}/me`,
        nonce: client.nonces.resource,
        token: client.accessToken,
        at: now?.() ?? Date.now(),
      })
      const body = { refreshToken: client.refreshToken }
      const asked = { token: client.accessToken, headers: { DPoP: read } }
      const statuses = []
      for (const place of [two!, one!]) statuses.push((await client.send(place, 'GET /me', asked)).status)
      for (const place of [two!, one!]) {
        statuses.push((await client.send(place, 'POST /token', { body, proof: { jti: 'one' } })).status)
      }
      expect([url === two!.url, statuses]).toEqual([false, [200, 401, 200, 401]])
      expect(heard.map(([name]) => name)).toEqual(['replayed', 'replayed'])
    },
  )

  it.skipIf(missing !== null)('take one of thirty proofs that race as one (DP-5)', async () => {
    const client = await DpopClient.signIn(one!, credentials)
    const body = { refreshToken: client.refreshToken }
    const places = Array.from({ length: 30 }, (_each, index) => (index % 2 === 0 ? one! : two!))
    const send = (place: Place) => client.send(place, 'POST /token', { body, proof: { jti: 'raced' } })
    const statuses = (await Promise.all(places.map(send))).map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 401)).toHaveLength(29)
  })
})
