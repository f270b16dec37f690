// Behind PgBouncer in transaction mode, where each transaction may be on another connection of the server's: the whole
// suite, with the feed on a connection of its own.

import { postgresStore } from 'latchkey/postgres'
import { storeContract } from 'latchkey/testing'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bouncerMissing, startBouncer, type Bouncer } from '../../helpers/postgres-bouncer.ts'
import { ask, startPostgres, until, type PostgresServer } from '../../helpers/postgres.ts'
import { freshSchema, openStore } from '../../helpers/postgres-stores.ts'

describe.skipIf(bouncerMissing !== null)('postgresStore behind PgBouncer', () => {
  let server: PostgresServer
  let bouncer: Bouncer
  beforeAll(async () => {
    server = await startPostgres({ settings: { fsync: 'off' } })
    bouncer = await startBouncer(server)
  })
  afterAll(async () => {
    await bouncer.remove()
    await server.remove()
  })

  const open = async () => {
    const pool = new Pool({ connectionString: bouncer.url, max: 6 })
    pool.on('error', () => undefined)
    const feed = server.url()
    const openings = [await postgresStore({ pool, feed }), await postgresStore({ pool: bouncer.url, feed })] as const
    const remove = async () => {
      await pool.end()
      await ask(server, 'DROP SCHEMA latchkey CASCADE')
    }
    return { openings, remove }
  }
  storeContract({ test, open })

  test('knows that it is deaf where the feed goes through PgBouncer too', async () => {
    const store = await openStore({ pool: bouncer.url, schema: freshSchema() })
    const states: string[] = []
    store.watch({
      revoked: () => undefined,
      changed: () => void states.push('changed'),
      lost: () => void states.push('lost'),
    })
    await until(() => states.length > 0, 'a word')
    expect(states).toEqual(['lost'])
  })
})
