// How a store is opened: by many at once, by a role with few rights, on a database with defaults of its own, and not at all
// where something is wrong.

import { inspectPostgres, migratePostgres, postgresStore } from 'latchkey/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, postgresMissing, startPostgres, until, type PostgresServer } from '../../helpers/postgres.ts'
import {
  begin,
  freshSchema,
  openClient,
  openPool,
  openStore,
  openStores,
  stepFrom,
} from '../../helpers/postgres-stores.ts'

describe.skipIf(postgresMissing !== null)('opening', () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres({ settings: { fsync: 'off' } })))
  afterAll(() => server.remove())

  test('ten stores at once make one schema', async () => {
    const schema = freshSchema()
    const stores = await openStores(server, 10, schema)
    const { sid } = await begin(stores[0]!)
    for (const store of stores) expect((await store.find(sid))?.sid).toBe(sid)
    expect(await ask(server, `SELECT version, name FROM ${schema}.migrations ORDER BY version`)).toEqual([
      { version: 1, name: 'sessions' },
      { version: 2, name: 'marks' },
    ])
  })

  test('refuses a schema that is newer than this code', async () => {
    const schema = freshSchema()
    await openStore({ pool: server.url(), schema })
    await ask(server, `INSERT INTO ${schema}.migrations VALUES (99, 'to come')`)
    await expect(postgresStore({ pool: server.url(), schema })).rejects.toMatchObject({ code: 'store_newer' })
  })

  test('undoes a migration that fails half-way, and lets go of its lock', async () => {
    const [pool, schema] = [openPool(server), freshSchema()]
    const [first, broken] = [
      { name: 'first', sql: `CREATE TABLE ${schema}.one (n integer)` },
      { name: 'broken', sql: `CREATE TABLE ${schema}.two (n integer); SELECT 1 / 0` },
    ]
    await expect(migratePostgres(pool, schema, 'others', [first, broken])).rejects.toThrow('division by zero')
    await migratePostgres(pool, schema, 'others', [first])
    const rows = await ask(server, `SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1`, [schema])
    expect(rows.map(({ tablename }) => tablename)).toEqual(['one', 'others'])
  })

  test('does not need the right to make tables where they are there', async () => {
    const [schema, role] = [freshSchema(), 'servant']
    await openStore({ pool: server.url(), schema })
    await ask(server, `CREATE ROLE ${role} LOGIN`)
    await ask(server, `GRANT USAGE ON SCHEMA ${schema} TO ${role}`)
    await ask(server, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${role}`)
    const store = await openStore({ pool: server.url().replace('postgres@', `${role}@`), schema })
    const session = await begin(store)
    expect(await store.advance(stepFrom(session, 1))).not.toBeNull()
    expect((await store.sweep({ before: session.absoluteExpiresAt + 1, limit: 10 })).removed).toBe(1)
  })

  test('keeps its promises where the database isolates transactions more than it needs (I10)', async () => {
    await ask(server, 'CREATE DATABASE strict')
    await ask(server, `ALTER DATABASE strict SET default_transaction_isolation = 'serializable'`)
    const stores = [await openStore({ pool: server.url('strict') }), await openStore({ pool: server.url('strict') })]
    const session = await begin(stores[0]!)
    const steps = Array.from({ length: 40 }, (_, index) => stores[index % 2]!.advance(stepFrom(session, 1)))
    expect((await Promise.all(steps)).filter((row) => row !== null)).toHaveLength(1)
    for (let round = 0; round < 10; round += 1) {
      const subject = `subject ${round}`
      const [at, reason] = [session.createdAt + 1000, 'signed_out_everywhere'] as const
      const inserting = Array.from({ length: 8 }, (_, index) =>
        begin(stores[index % 2]!, { subject }).catch(() => null),
      )
      await Promise.all([...inserting, stores[round % 2]!.revokeAll(subject, { at, reason })])
      expect(await stores[0]!.list({ subject, liveAt: at, limit: 100 })).toEqual([])
    }
  })

  test('survives the loss of a connection in the middle of an insertion', async () => {
    const schema = freshSchema()
    const store = await openStore({ pool: openPool(server), schema })
    const holder = await openClient(server)
    await holder.query(`BEGIN; LOCK TABLE ${schema}.sessions`)
    const inserted = begin(store)
    const waits = `FROM pg_stat_activity WHERE wait_event_type = 'Lock'`
    await until(async () => (await ask(server, `SELECT 1 ${waits}`)).length > 0, 'the insertion')
    const failed = expect(inserted).rejects.toThrow()
    await ask(server, `SELECT pg_terminate_backend(pid) ${waits}`)
    await failed
    await holder.query('ROLLBACK')
    expect((await begin(store)).generation).toBe(1)
  })

  test('survives the death of the server in the middle of an insertion and of a refresh (I3)', async () => {
    const dying = await startPostgres({ settings: { fsync: 'off' } })
    try {
      const store = await openStore({ pool: openPool(dying) })
      const session = await begin(store)
      const holder = await openClient(dying)
      await holder.query('BEGIN; LOCK TABLE latchkey.sessions')
      const failed = [begin(store), store.advance(stepFrom(session, 1))].map((call) => expect(call).rejects.toThrow())
      const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`
      await until(async () => (await ask(dying, waits)).length === 2, 'both')
      await dying.kill()
      await Promise.all(failed)
      await expect(store.ping()).rejects.toThrow()
      await dying.start()
      expect((await store.advance(stepFrom(session, 1)))?.generation).toBe(2)
      await store.close()
    } finally {
      await dying.remove()
    }
  })

  test('reports what the schema holds', async () => {
    const [pool, schema] = [openPool(server), freshSchema()]
    const store = await openStore({ pool, schema })
    expect((await inspectPostgres(pool, schema)).identity).toEqual({ environment: '', keys: new Map() })
    const identity = { environment: Buffer.alloc(16, 7).toString('base64url'), keys: new Map([[1, 'one']]) }
    await store.identify(identity)
    await store.writeKeys('sealed', 0)
    const session = await begin(store)
    await store.advance(stepFrom(session, 1))
    const { warnings, ...report } = await inspectPostgres(pool, schema)
    const sealedKeys = { version: 1, text: 'sealed' }
    const newestRotatedAt = session.createdAt + 1
    expect(report).toEqual({ schema: 2, knownSchema: 2, identity, sealedKeys, sessions: 1, newestRotatedAt })
    expect(warnings).toEqual(['fsync is off: a crash can lose everything. Set it on.'])
  })

  const url = 'postgres://ada:hush-hush@127.0.0.1:1/latchkey'
  test.each([
    ['no options', undefined],
    ['an option that it does not know', { pool: url, table: 'a' }],
    ['another kind of URL', { pool: 'mysql://ada:hush-hush@127.0.0.1/a' }],
    ['a pool that is none', { pool: {} }],
    ['a feed that is none', { pool: url, feed: 'hush-hush' }],
    ['a schema that would have to be escaped', { pool: url, schema: 'a"b' }],
    ['a schema of the server itself', { pool: url, schema: 'pg_catalog' }],
    ['a schema that is too long', { pool: url, schema: 'a'.repeat(51) }],
    ['rotations that it does not know', { pool: url, rotations: 'off' }],
  ])('refuses %s, and repeats no password (I4)', async (_name, options) => {
    const error: unknown = await postgresStore(options as never).catch((refused: unknown) => refused)
    expect(error).toMatchObject({ name: 'MisuseError', code: 'option_invalid' })
    expect(String(error)).not.toContain('hush')
  })

  test('repeats no password where nobody listens (I4)', async () => {
    const error = await postgresStore({ pool: url }).catch((refused: unknown) => refused)
    expect(error).toBeInstanceOf(Error)
    expect(JSON.stringify(error) + String(error) + String((error as Error).stack)).not.toContain('hush')
  })
})
