import { postgresStore } from 'latchkey/postgres'
import { storeContract } from 'latchkey/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { ask, postgresMissing, startPostgres, type PostgresServer } from '../helpers/postgres.ts'

describe.skipIf(postgresMissing !== null)('postgresStore', () => {
  let server: PostgresServer
  beforeAll(async () => void (server = await startPostgres({ settings: { fsync: 'off' } })))
  afterAll(() => server.remove())
  const open = async () => {
    const pool = server.url()
    const openings = [await postgresStore({ pool }), await postgresStore({ pool })] as const
    return { openings, remove: async () => void (await ask(server, 'DROP SCHEMA latchkey CASCADE')) }
  }
  storeContract({ test, open })
})
