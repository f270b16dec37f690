// What the table does under load: refreshes stay within their pages, and the broom stays out of everybody's way.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { statementsOn } from '../../../packages/latchkey/src/stores/postgres/statements.ts'
import { ask, postgresMissing, startPostgres, until, type PostgresServer } from '../../helpers/postgres.ts'
import { begin, freshSchema, openClient, openStore, openStores, stepFrom } from '../../helpers/postgres-stores.ts'

const sessionCount = 1000
const rounds = 10

describe.skipIf(postgresMissing !== null)('pages', () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres({ settings: { fsync: 'off' } })))
  afterAll(() => server.remove())

  test('99.9 % of refreshes change no index', async () => {
    const schema = freshSchema()
    const [store] = await openStores(server, 1, schema)
    const sessions = await Promise.all(
      Array.from({ length: sessionCount }, (_, index) => begin(store!, { subject: `subject ${index}` })),
    )
    // Users do not refresh in the order in which they signed in: a stride through the table, fifty at once.
    for (let from = 1; from <= rounds; from += 1) {
      for (let at = 0; at < sessionCount; at += 50) {
        const group = Array.from({ length: 50 }, (_, index) => sessions[((at + index) * 7919) % sessionCount]!)
        const rows = await Promise.all(group.map((session) => store!.advance(stepFrom(session, from))))
        expect(rows).not.toContain(null)
      }
    }
    const count = `SELECT n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables
      WHERE schemaname = $1 AND relname = 'sessions'`
    await until(
      async () => (await ask(server, count, [schema]))[0]?.['all'] === sessionCount * rounds,
      'the statistics',
    )
    const [{ hot } = {}] = await ask(server, count, [schema])
    expect(Number(hot) / (sessionCount * rounds)).toBeGreaterThanOrEqual(0.999)
  })

  test('a full group finds its rows by the index, in a table of which nothing is known yet', async () => {
    const schema = freshSchema()
    const store = await openStore({ pool: server.url(), schema })
    const { sid, client } = await begin(store)
    const names = `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum`
    const columns = await ask(server, names, [`${schema}.sessions`])
    const others = columns.map(({ name }) => (name === 'sid' ? 'gen_random_uuid()' : String(name))).join(', ')
    await ask(
      server,
      `INSERT INTO ${schema}.sessions SELECT ${others} FROM ${schema}.sessions, generate_series(1, 20000)`,
    )
    const column = (value: unknown) => Array.from({ length: 256 }, () => value)
    const values = [column(sid), column(1), column(2), column(1), column(1), column(client), column(null)]
    const plan = await ask(server, `EXPLAIN ${statementsOn(schema).advance}`, values)
    expect(JSON.stringify(plan)).toContain('Index Scan using sessions_pkey')
    expect(JSON.stringify(plan)).not.toContain('Seq Scan')
  })

  test('a sweep goes around rows that somebody has locked, and takes them the next time', async () => {
    const schema = freshSchema()
    const store = await openStore({ pool: server.url(), schema })
    const dead = await Promise.all(Array.from({ length: 5 }, () => begin(store, { idleExpiresAt: 1 })))
    const holder = await openClient(server)
    await holder.query('BEGIN')
    await holder.query(`SELECT 1 FROM ${schema}.sessions WHERE sid = $1 FOR UPDATE`, [dead[2]!.sid])
    expect(await store.sweep({ before: 10, limit: 100 })).toEqual({ removed: 4, next: null })
    await holder.query('ROLLBACK')
    expect(await store.sweep({ before: 10, limit: 100 })).toEqual({ removed: 1, next: null })
  })

  test('a sweep forgets not-befores at the end of its walk, as many as there are (I7)', async () => {
    const schema = freshSchema()
    const store = await openStore({ pool: server.url(), schema })
    const fill = `INSERT INTO ${schema}.subjects SELECT 'subject ' || n, n FROM generate_series(1, 2500) AS n`
    await ask(server, fill)
    await store.sweep({ before: 2400, limit: 10 })
    const [{ n } = {}] = await ask(server, `SELECT count(*)::int AS n FROM ${schema}.subjects`)
    expect(n).toBe(101)
  })
})
