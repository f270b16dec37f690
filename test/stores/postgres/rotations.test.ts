// The group of rotations on a real server: a statement that swaps many rows at once must answer each as if it had come
// alone. The mistake it prevents: told apart by sid, every duplicate in a group would hear that it has won.

import { array, assert, asyncProperty, integer, nat, record } from 'fast-check'
import type { Session, Step, Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, postgresMissing, startPostgres, until, type PostgresServer } from '../../helpers/postgres.ts'
import { begin, freshSchema, openClient, openStore, openStores, stepFrom } from '../../helpers/postgres-stores.ts'

interface Wish {
  readonly session: number
  readonly from: number
  readonly store: number
}

const sessionCount = 3
const wishes = array(
  record<Wish>({
    session: nat(sessionCount - 1),
    from: integer({ min: 1, max: 4 }),
    store: nat(2),
  }),
  { minLength: 1, maxLength: 60 },
)

const stepOf = (sessions: readonly Session[], { session, from }: Wish, index: number): Step => ({
  ...stepFrom(sessions[session]!, from),
  at: sessions[session]!.createdAt + index,
})

const beginAll = (store: Store): Promise<Session[]> =>
  Promise.all(Array.from({ length: sessionCount }, () => begin(store, { subject: 'of a property' })))

describe.skipIf(postgresMissing !== null)('rotations in groups', () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres({ settings: { fsync: 'off' } })))
  afterAll(() => server.remove())

  test('answers what one store is asked at once as if each had come alone, in order (I2)', async () => {
    const [store] = await openStores(server, 1)
    const property = asyncProperty(wishes, async (asked) => {
      const sessions = await beginAll(store!)
      const memory = memoryStore()
      for (const session of sessions) await memory.insert(session, { max: 10, evict: true })
      const steps = asked.map((wish, index) => stepOf(sessions, wish, index))
      const expected: (Session | null)[] = []
      for (const step of steps) expected.push(await memory.advance(step))
      expect(await Promise.all(steps.map((step) => store!.advance(step)))).toEqual(expected)
    })
    await assert(property, { numRuns: 60 })
  })

  test('lets each generation have exactly one winner among three stores (I2)', async () => {
    const stores = await openStores(server, 3)
    const property = asyncProperty(wishes, async (asked) => {
      const sessions = await beginAll(stores[0]!)
      const steps = asked.map((wish, index) => stepOf(sessions, wish, index))
      const rows = await Promise.all(steps.map((step, index) => stores[asked[index]!.store]!.advance(step)))
      for (const { sid } of sessions) {
        const won = steps.filter((step, index) => step.sid === sid && rows[index] !== null).map(({ from }) => from)
        const { generation } = (await stores[0]!.find(sid))!
        const over = Array.from({ length: generation - 1 }, (_, index) => index + 1)
        expect(won.sort((one, other) => one - other)).toEqual(over)
      }
    })
    await assert(property, { numRuns: 60 })
  })

  test('tells of a thousand who want the same ten steps that ten have won', async () => {
    const stores = await openStores(server, 2)
    const sessions = await Promise.all(Array.from({ length: 10 }, () => begin(stores[0]!)))
    const asked = Array.from({ length: 1000 }, (_, index) => stepFrom(sessions[index % 10]!, 1))
    const rows = await Promise.all(asked.map((step, index) => stores[index % 2]!.advance(step)))
    expect(new Set(rows.flatMap((row) => (row === null ? [] : [row.sid]))).size).toBe(10)
    expect(rows.filter((row) => row !== null)).toHaveLength(10)
  })

  test('lets one value that PostgreSQL cannot hold fail by itself', async () => {
    const [store] = await openStores(server, 1)
    const sessions = await Promise.all(Array.from({ length: 5 }, () => begin(store!)))
    const steps = sessions.map((session, index) => ({
      ...stepFrom(session, 1),
      ...(index === 2 ? { client: 'a\0b' } : {}),
    }))
    const results = await Promise.allSettled(steps.map((step) => store!.advance(step)))
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    for (const [index, { sid }] of sessions.entries()) {
      expect((await store!.find(sid))?.generation).toBe(index === 2 ? 1 : 2)
    }
  })

  test('drops who has given up while the group before his was under way', async () => {
    const [store] = await openStores(server, 1)
    const [one, other] = [await begin(store!), await begin(store!)]
    const controller = new AbortController()
    const first = store!.advance(stepFrom(one, 1))
    await new Promise((resolve) => setImmediate(resolve))
    const second = store!.advance(stepFrom(other, 1), controller.signal)
    controller.abort()
    await expect(second).rejects.toThrow()
    await first
    expect(await store!.advance(stepFrom(one, 2))).not.toBeNull()
    expect((await store!.find(other.sid))?.generation).toBe(1)
  })

  test('tries again where PostgreSQL ends it to undo a deadlock', async () => {
    const schema = freshSchema()
    const store = await openStore({ pool: server.url(), schema })
    const [one, other] = [await begin(store), await begin(store)]
    const rival = await openClient(server)
    // He is patient, so that the group is the one to be ended.
    await rival.query(`SET deadlock_timeout = '60s'; BEGIN`)
    const lock = (sid: string) => rival.query(`SELECT 1 FROM ${schema}.sessions WHERE sid = $1 FOR UPDATE`, [sid])
    await lock(other.sid)
    const group = Promise.all([store.advance(stepFrom(one, 1)), store.advance(stepFrom(other, 1))])
    await waiting(server, 'UPDATE')
    await lock(one.sid)
    await rival.query('COMMIT')
    expect((await group).map((row) => row?.generation)).toEqual([2, 2])
    await until(async () => Number((await ask(server, deadlocks))[0]?.['n']) > 0, 'the count of deadlocks')
  })

  test('lets a row that somebody else keeps locked fail by itself', async () => {
    const schema = freshSchema()
    const store = await openStore({ pool: server.url(), schema })
    const sessions = await Promise.all(Array.from({ length: 3 }, () => begin(store)))
    const holder = await openClient(server)
    await holder.query('BEGIN')
    await holder.query(`SELECT 1 FROM ${schema}.sessions WHERE sid = $1 FOR UPDATE`, [sessions[1]!.sid])
    const results = await Promise.allSettled(sessions.map((session) => store.advance(stepFrom(session, 1))))
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await holder.query('ROLLBACK')
    expect(await store.advance(stepFrom(sessions[1]!, 1))).not.toBeNull()
  })

  test('rejects a whole group whose connection is lost, and goes on with the next (I3)', async () => {
    const schema = freshSchema()
    const store = await openStore({ pool: server.url(), schema })
    const sessions = await Promise.all(Array.from({ length: 3 }, () => begin(store)))
    const holder = await openClient(server)
    await holder.query(`BEGIN; LOCK TABLE ${schema}.sessions`)
    const group = Promise.allSettled(sessions.map((session) => store.advance(stepFrom(session, 1))))
    await waiting(server, 'UPDATE')
    await ask(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`)
    expect((await group).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await holder.query('ROLLBACK')
    for (const session of sessions) expect(await store.advance(stepFrom(session, 1))).not.toBeNull()
  })
})

const deadlocks = 'SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()'

/** Resolves when a statement waits for a lock. */
const waiting = (server: PostgresServer, word: string): Promise<void> =>
  until(async () => {
    const found = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${word}%'`
    return (await ask(server, found)).length > 0
  }, 'a statement that waits for a lock')
