// Stores on one server, each test in a schema of its own, and everything closed at its end.

import type { Session, Store } from 'latchkey'
import { postgresStore, type PostgresStoreOptions } from 'latchkey/postgres'
import { sampleSession } from 'latchkey/testing'
import { Client, Pool } from 'pg'
import { onTestFinished } from 'vitest'
import type { PostgresServer } from './postgres.ts'

let made = 0

/** A schema that nobody has used yet. */
export const freshSchema = (): string => `test_${(made += 1)}`

/** A store that is closed when the test is over. */
export async function openStore(options: PostgresStoreOptions): Promise<Store> {
  const store = await postgresStore(options)
  onTestFinished(() => store.close())
  return store
}

/** Several on one schema. */
export const openStores = (server: PostgresServer, count: number, schema: string = freshSchema()): Promise<Store[]> =>
  Promise.all(Array.from({ length: count }, () => openStore({ pool: server.url(), schema })))

/** A pool of the application's own. */
export function openPool(server: PostgresServer, max = 4): Pool {
  const pool = new Pool({ connectionString: server.url(), max })
  pool.on('error', () => undefined)
  onTestFinished(() => pool.end())
  return pool
}

/** A connection of somebody else's. */
export async function openClient(server: PostgresServer): Promise<Client> {
  const client = new Client({ connectionString: server.url() })
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end().catch(() => undefined))
  return client
}

/** Inserts a sample session. */
export async function begin(store: Store, overrides: Partial<Session> = {}): Promise<Session> {
  const session = sampleSession(overrides)
  const { inserted } = await store.insert(session, { max: 100_000, evict: true })
  if (!inserted) throw new Error('it was refused')
  return session
}

/** The step of a session from a generation to the next. */
export const stepFrom = ({ sid, client, thumbprint, createdAt, idleExpiresAt }: Session, from: number) => ({
  sid,
  from,
  to: from + 1,
  at: createdAt + from,
  idleExpiresAt,
  client,
  thumbprint,
})
