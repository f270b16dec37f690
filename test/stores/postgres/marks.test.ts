// Counters in PostgreSQL: what is over goes, nothing waits for the disk, and nothing waits for each other.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Mark } from 'latchkey'
import { migratePostgres, postgresStore } from 'latchkey/postgres'
import { ledger, migrationsOf } from '../../../packages/latchkey/src/stores/postgres/schema.ts'
import { ask, postgresMissing, startPostgres, type PostgresServer } from '../../helpers/postgres.ts'
import { begin, freshSchema, openPool, openStore, openStores } from '../../helpers/postgres-stores.ts'

const start = 1_700_000_000_000
const markAt = (key: string, at: number, lifeMs: number): Mark => ({
  key,
  add: 1,
  at,
  expiresAt: at + lifeMs,
  replace: false,
})

describe.skipIf(postgresMissing !== null)('counters', () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres()))
  afterAll(() => server.remove())

  const countIn = async (schema: string): Promise<unknown> =>
    (await ask(server, `SELECT count(*)::int AS kept FROM ${schema}.marks`))[0]?.['kept']

  test('that are over go while others are written (I7, attack 42)', async () => {
    const schema = freshSchema()
    const store = await openStore({ pool: server.url(), schema })
    for (let index = 0; index < 300; index += 1) await store.mark(markAt(`key ${index}`, start + index, 10))
    expect(await countIn(schema)).toBeLessThanOrEqual(11)
    for (let index = 0; index < 8; index += 1) await store.mark(markAt('last', start + 1000 + 20 * index, 10))
    expect(await countIn(schema)).toBe(1)
  })

  test('never stand in each other’s way, however many come and go at once', async () => {
    const schema = freshSchema()
    const stores = await openStores(server, 4, schema)
    const deadlocks = async (): Promise<unknown> =>
      (await ask(server, 'SELECT deadlocks::int AS found FROM pg_stat_database WHERE datname = current_database()'))[0]
    const before = await deadlocks()
    for (let round = 0; round < 20; round += 1) {
      const marks = Array.from({ length: 100 }, (_, index) =>
        markAt(`key ${(index * 7) % 10}`, start + round * 10 + (index % 10), 3),
      )
      await Promise.all(marks.map((mark, index) => stores[index % 4]!.mark(mark)))
    }
    await ask(server, 'SELECT pg_stat_clear_snapshot()')
    expect(await deadlocks()).toEqual(before)
  })

  test('are not logged: a crash takes them, and they begin anew; sessions stay', async () => {
    const schema = freshSchema()
    const store = await postgresStore({ pool: server.url(), schema })
    const session = await begin(store)
    await store.mark(markAt('one', start, 1e9))
    const [table] = await ask(server, 'SELECT relpersistence AS kind FROM pg_class WHERE oid = $1::regclass', [
      `${schema}.marks`,
    ])
    expect(table).toEqual({ kind: 'u' })
    await server.kill()
    await server.start()
    const again = await openStore({ pool: server.url(), schema })
    expect(await again.find(session.sid)).toEqual(session)
    expect(await again.mark(markAt('one', start, 1e9))).toEqual({ count: 1, expiresAt: start + 1e9 })
    await store.close()
  })

  test('get their table in a schema of the version before', async () => {
    const schema = freshSchema()
    await migratePostgres(openPool(server), schema, ledger, migrationsOf(schema).slice(0, 1))
    const stores = await openStores(server, 3, schema)
    await Promise.all(stores.map((store) => store.mark(markAt('one', start, 10))))
    expect(await stores[0]!.mark({ ...markAt('one', start, 10), add: 0 })).toEqual({ count: 3, expiresAt: start + 10 })
  })
})
