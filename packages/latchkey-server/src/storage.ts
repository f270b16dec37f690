// Opens where sessions and users are, by the kind of their URLs. Sessions and users in one PostgreSQL share one pool. The
// drivers are loaded where they are needed only.

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Pool } from 'pg'
import type { Store } from 'latchkey'
import { sqliteStore } from 'latchkey/sqlite'
import type { AuditRows } from './audit/rows.ts'
import { sqliteAudit } from './audit/sqlite-audit.ts'
import { ClientDirectory, type ClientRows } from './clients/directory.ts'
import { sqliteClients } from './clients/sqlite-clients.ts'
import type { Config } from './config.ts'
import { postgresPool, type OnBroken } from './connections.ts'
import type { PostgresDatabase } from './database-url.ts'
import { usesKeyFile } from './keys.ts'
import { reaching } from './outage.ts'
import { UserDirectory, type UserRows } from './users/directory.ts'
import { sqliteUsers } from './users/sqlite-users.ts'

/** What has been opened and must be closed again: last opened, first closed. */
export class Opened {
  readonly #closers: (() => Promise<unknown>)[] = []

  /** Remembers how to close something. */
  add(close: () => Promise<unknown>): void {
    this.#closers.push(close)
  }

  /** Closes everything, and throws the first thing that went wrong with it. */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      await close().catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }
}

export interface Storage {
  readonly store: Store
  readonly directory: UserDirectory
  readonly clients: ClientDirectory
  readonly auditRows: AuditRows
}

/**
 * Opens sessions, users, clients and the audit trail, making their tables where they are missing; what must be closed goes
 * to `opened`. Throws a MisuseError, or what the database says.
 */
export async function openStorage(config: Config, onBroken: OnBroken, opened: Opened): Promise<Storage> {
  if (usesDataDir(config)) mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const poolOf = createPools(onBroken, opened)
  const { users, clients, audit } = await openPeople(config, poolOf, opened)
  const store = await openStore(config, poolOf)
  opened.add(() => store.close())
  return { store, directory: new UserDirectory(users), clients: new ClientDirectory(clients), auditRows: audit }
}

/** Whether anything is kept in the data folder; with keys and rows on other machines it need not even be writable. */
export function usesDataDir(config: Config): boolean {
  const files = [config.database, config.users].flatMap((each) => (each.engine === 'sqlite' ? [each.path] : []))
  return usesKeyFile(config) || files.some((path) => dirname(path) === config.dataDir)
}

/** The pool for a URL. */
export type PoolOf = (database: PostgresDatabase) => Promise<Pool>

/** One pool for each URL, ended with `opened`. */
export function createPools(onBroken: OnBroken, opened: Opened): PoolOf {
  const pools = new Map<string, Promise<Pool>>()
  return (database) => {
    const pool = pools.get(database.url) ?? postgresPool(database, onBroken)
    if (!pools.has(database.url)) opened.add(async () => (await pool).end())
    pools.set(database.url, pool)
    return pool
  }
}

interface People {
  readonly users: UserRows
  readonly clients: ClientRows
  readonly audit: AuditRows
}

// Whatever is not a session is where the users are.
async function openPeople(config: Config, poolOf: PoolOf, opened: Opened): Promise<People> {
  const { users: kept, postgresSchema } = config
  if (kept.engine === 'sqlite') {
    const users = closedWith(opened, sqliteUsers(kept.path))
    const clients = closedWith(opened, sqliteClients(kept.path))
    return { users, clients, audit: closedWith(opened, sqliteAudit(kept.path)) }
  }
  const { postgresPeople } = await import('./postgres-people.ts')
  return reaching(kept.shown, postgresPeople(await poolOf(kept), postgresSchema))
}

function closedWith<Rows extends { close(): Promise<void> }>(opened: Opened, rows: Rows): Rows {
  opened.add(() => rows.close())
  return rows
}

/** Opens the sessions. Throws a MisuseError, or what the database says. */
export async function openStore(config: Config, poolOf: PoolOf): Promise<Store> {
  const { database } = config
  if (database.engine === 'sqlite') return sqliteStore(database.path)
  if (database.engine === 'postgres') {
    const { postgresStore } = await import('latchkey/postgres')
    const { feed, postgresSchema: schema, postgresRotations: rotations } = config
    const direct = feed === undefined ? {} : { feed: feed.url }
    return reaching(database.shown, postgresStore({ pool: await poolOf(database), ...direct, schema, rotations }))
  }
  const { redisStore } = await import('latchkey/redis')
  const { redisPrefix: prefix, redisReplicas: replicas } = config
  return reaching(database.shown, redisStore({ client: database.url, prefix, replicas }))
}
