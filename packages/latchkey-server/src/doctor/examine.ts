// Examines keys, database, clock and users of a deployment, whatever engine it is on.

import { existsSync } from 'node:fs'
import { clockToleranceMs, type SealedKeys } from 'latchkey'
import type { Config } from '../config.ts'
import { withPool } from '../connections.ts'
import { keysOf, usesKeyFile } from '../keys.ts'
import { reaching } from '../outage.ts'
import { rehearse, type Found } from '../rehearsal.ts'
import { createPools, Opened, openStore } from '../storage.ts'
import { countSqliteUsers } from '../users/sqlite-users.ts'
import type { UserCount } from '../users/directory.ts'
import type { Examined } from './database.ts'
import { finding, Oddity, warning, type Finding } from './finding.ts'
import { examineSqlite } from './sqlite.ts'

/** In the order in which one would mend them. */
export async function examineDeployment(config: Config): Promise<Finding[]> {
  let examined: Examined | undefined
  let live: Live = { sealedKeys: null, aheadMs: null }
  const database = await finding('database', async () => {
    const found = await examineDatabase(config)
    live = await askStore(config)
    examined = found
    return found.says
  })
  const keys = await finding('keys', () => keysFor(config, { ...examined, ...live }))
  if (examined === undefined) return [keys, database]
  const { warnings, newestRotatedAt } = examined
  return [
    keys,
    database,
    ...warnings.map((says) => warning('database', says)),
    await finding('clock', () => clock(newestRotatedAt, live.aheadMs)),
    await finding('users', () => users(config)),
  ]
}

interface Live {
  readonly sealedKeys: SealedKeys | null
  /** By how much the database's clock is ahead of this machine's, in milliseconds; null where it has none. */
  readonly aheadMs: number | null
}

// Through the store itself, which changes nothing in a database whose schema is up to date. A file has no clock, and is
// opened only where it keeps keys.
async function askStore(config: Config): Promise<Live> {
  if (config.database.engine === 'sqlite' && config.secrets.length === 0) return { sealedKeys: null, aheadMs: null }
  const opened = new Opened()
  try {
    const store = await openStore(
      config,
      createPools(() => undefined, opened),
    )
    opened.add(() => store.close())
    const sealedKeys = await store.readKeys()
    const asked = Date.now()
    const told = await store.ping()
    // The answer is taken to come from the middle of the wait for it.
    return { sealedKeys, aheadMs: told === null ? null : told - (asked + Date.now()) / 2 }
  } finally {
    await opened.close()
  }
}

async function examineDatabase(config: Config): Promise<Examined> {
  const { database } = config
  if (database.engine === 'sqlite') return examineSqlite(database)
  if (database.engine === 'postgres') {
    const { examinePostgres } = await import('./postgres.ts')
    return reaching(database.shown, examinePostgres(config, database))
  }
  const { examineRedis } = await import('./redis.ts')
  return reaching(database.shown, examineRedis(config, database))
}

async function keysFor(config: Config, found: Found): Promise<string> {
  const { keyFile, keysText, secrets } = config
  if (usesKeyFile(config) && !existsSync(keyFile))
    throw new Error(`${keyFile} is missing: restore it, or every session ends`)
  if (secrets.length > 0 && !found.sealedKeys)
    throw new Oddity('there are none yet: the first `latchkey-server serve` makes them')
  const keys = await rehearse(config, keysOf(config), found)
  const count = (use: string): number => keys.filter((key) => key.use === use).length
  const source = keysText !== undefined ? 'LATCHKEY_KEYS' : usesKeyFile(config) ? keyFile : 'the database'
  return `${count('refresh')} refresh, ${count('signing')} signing, from ${source}`
}

const seconds = (ms: number): string => `${Math.ceil(ms / 1000)} s`

function clock(newestRotatedAt: number, aheadMs: number | null): string {
  const ahead = newestRotatedAt - Date.now()
  if (aheadMs !== null && Math.abs(aheadMs) > clockToleranceMs) {
    const off = `${seconds(Math.abs(aheadMs))} ${aheadMs > 0 ? 'behind' : 'ahead of'}`
    throw new Error(`this machine's clock is ${off} the database's: set both by NTP`)
  }
  if (ahead > clockToleranceMs) {
    throw new Error(`this machine's clock is ${seconds(ahead)} behind the newest session: set it right`)
  }
  return new Date().toISOString()
}

async function countUsers({ users: kept, postgresSchema }: Config): Promise<UserCount> {
  if (kept.engine === 'sqlite') return countSqliteUsers(kept.path)
  const { countPostgresUsers } = await import('../users/postgres-users.ts')
  return withPool(kept, (pool) => countPostgresUsers(pool, postgresSchema))
}

async function users(config: Config): Promise<string> {
  const { all, disabled } = await countUsers(config)
  if (all === 0) throw new Oddity('there is none: the next `latchkey-server serve` makes an administrator')
  return `${all}, of them disabled: ${disabled}`
}
