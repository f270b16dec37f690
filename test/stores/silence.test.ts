// A connection that falls silent instead of breaking (a frozen primary, a machine without power, a lost route): each test
// states what holds all the same.

import { createServer, connect, type Socket } from 'node:net'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Store } from 'latchkey'
import { postgresStore } from 'latchkey/postgres'
import { redisStore } from 'latchkey/redis'
import { sampleSession } from 'latchkey/testing'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ask, postgresMissing, startPostgres, type PostgresServer } from '../helpers/postgres.ts'
import { freshSchema } from '../helpers/postgres-stores.ts'
import { redisMissing, startRedis, startRedisCluster, startSentinels, until } from '../helpers/redis.ts'

const patienceMs = 40_000

/** Passes everything on, until it falls silent for those who are connected; newcomers are served. */
async function startRoute(port: number) {
  const pairs = new Set<readonly [Socket, Socket]>()
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    const pair = [near, far] as const
    pairs.add(pair)
    for (const socket of pair) socket.on('error', () => undefined)
    near.pipe(far)
    far.pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const silence = (): void => {
    for (const [near, far] of pairs) {
      near.unpipe(far)
      far.unpipe(near)
      near.resume()
      far.resume()
    }
  }
  const close = (): void => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
    server.close()
  }
  return { port: (server.address() as AddressInfo).port, silence, close }
}

const answers = async (store: Store, count = 40): Promise<boolean> => {
  const found = await Promise.allSettled(
    Array.from({ length: count }, () => store.find(sampleSession().sid, AbortSignal.timeout(3000))),
  )
  return found.every(({ status }) => status === 'fulfilled')
}

describe.skipIf(redisMissing !== null)('Redis falls silent', () => {
  test('on one connection: the store makes another', async () => {
    const server = await startRedis()
    const route = await startRoute(server.port)
    const store = await redisStore({ client: `redis://127.0.0.1:${route.port}` })
    try {
      expect(await answers(store, 1)).toBe(true)
      route.silence()
      await until(() => answers(store, 1), 'the store to answer again', patienceMs)
    } finally {
      await store.close()
      route.close()
      await server.remove()
    }
  }, 120_000)

  test('as a primary watched by sentinels: the store goes to the new one', async () => {
    const watched = await startSentinels()
    const store = await redisStore({ client: watched.url })
    try {
      watched.primary.pause()
      await until(() => answers(store), 'the store to answer again', patienceMs)
    } finally {
      watched.primary.resume()
      await store.close()
      await watched.remove()
    }
  }, 120_000)

  test("as a cluster's primary: the store goes to the new one", async () => {
    const cluster = await startRedisCluster({ primaries: 3, replicas: 1 })
    const store = await redisStore({ client: cluster.url })
    const [first] = await cluster.primaries()
    try {
      expect(await answers(store)).toBe(true)
      first!.pause()
      await until(() => answers(store), 'the store to answer again', patienceMs)
    } finally {
      first!.resume()
      await store.close()
      await cluster.remove()
    }
  }, 120_000)
})

describe.skipIf(postgresMissing !== null)('PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres({ settings: { fsync: 'off' } })))
  afterAll(() => server.remove())

  /** A store that is watched, on a pool with one connection for its feed and none for anything else. */
  async function crowded(): Promise<{ pool: Pool; store: Store; told: string[] }> {
    const pool = new Pool({ connectionString: server.url(), max: 2 })
    pool.on('error', () => undefined)
    const store = await postgresStore({ pool, schema: freshSchema() })
    const busy = await pool.connect()
    onTestFinished(async () => {
      busy.release()
      await store.close()
      await pool.end()
    })
    const told: string[] = []
    store.watch({
      revoked: () => told.push('revoked'),
      changed: () => told.push('changed'),
      lost: () => told.push('lost'),
    })
    return { pool, store, told }
  }

  test('has no connection left for the feed to prove itself: the store closes all the same', async () => {
    const { pool, store } = await crowded()
    await until(async () => pool.waitingCount === 1, 'the greeting to wait')
    const began = Date.now()
    const ended = await Promise.race([
      store.close().then(() => 'closed'),
      new Promise((resolve) => setTimeout(resolve, 30_000, `still open after ${Date.now() - began + 30_000} ms`)),
    ])
    expect(ended).toBe('closed')
  }, 60_000)

  test('says that the feed is lost where its greeting cannot be sent', async () => {
    const { told } = await crowded()
    await until(async () => told.includes('lost'), 'the feed to be lost', 20_000)
  }, 60_000)

  test('is being migrated by another process for some 12 seconds: the store waits for it', async () => {
    const schema = freshSchema()
    const key = createHash('sha256').update(`latchkey migrations ${schema}`).digest().readBigInt64BE(0)
    const pool = new Pool({ connectionString: server.url(), max: 2 })
    const other = await pool.connect()
    onTestFinished(() => pool.end())
    await other.query(`SELECT pg_advisory_lock(${key})`)
    const opening = postgresStore({ pool: server.url(), schema }).then(
      async (store) => (await store.close(), 'opened'),
      (error: unknown) => String(error),
    )
    await new Promise((resolve) => setTimeout(resolve, 12_000))
    await other.query(`SELECT pg_advisory_unlock(${key})`)
    other.release()
    expect(await opening).toBe('opened')
  }, 60_000)

  test('has lost its synchronous standby: the repeat of a sign-out is not acknowledged either (I10)', async () => {
    const own = await startPostgres({ settings: { fsync: 'off' } })
    try {
      const store = await postgresStore({ pool: own.url() })
      const session = sampleSession()
      await store.insert(session, { max: 10, evict: true })
      await ask(own, "ALTER SYSTEM SET synchronous_standby_names = 'away'")
      await ask(own, 'SELECT pg_reload_conf()')
      await until(
        async () => (await ask(own, 'SHOW synchronous_standby_names'))[0]!['synchronous_standby_names'] === 'away',
        'the setting',
      )
      const ending = { at: session.createdAt + 1, reason: 'signed_out' } as const
      const revoke = (): Promise<string> =>
        store.revoke(session.sid, ending, AbortSignal.timeout(1500)).then(
          () => 'acknowledged',
          () => 'outage',
        )
      // The server's own processes take a new setting in their own time.
      await until(async () => (await revoke()) === 'outage', 'the wait for the standby')
      // As an operator's restart does it: the waiting commit is done here, and the standby has not heard of it.
      await ask(own, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
      await until(async () => (await store.find(session.sid))?.revokedAt !== null, 'the end of the session')
      const repeat = await revoke()
      await ask(own, 'ALTER SYSTEM RESET synchronous_standby_names')
      await ask(own, 'SELECT pg_reload_conf()')
      await store.close()
      expect(repeat).toBe('outage')
    } finally {
      await own.remove()
    }
  }, 60_000)
})
