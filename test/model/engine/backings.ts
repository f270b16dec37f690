// Where the data of a deployment lies, fresh for every run: how it is opened, copied, set back and taken away.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Redis, type Cluster } from 'ioredis'
import type { Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { postgresStore } from 'latchkey/postgres'
import { redisStore } from 'latchkey/redis'
import { sqliteStore } from 'latchkey/sqlite'
import { Pool } from 'pg'

export interface Backing {
  /** Two openings of the same data, as two nodes have them. */
  readonly open: () => Promise<readonly [Store, Store]>
  readonly copy?: () => Promise<void>
  /** Called while nothing is open. */
  readonly restore?: () => Promise<void>
  readonly remove: () => Promise<void>
}

export async function inMemory(): Promise<Backing> {
  const store = memoryStore()
  return { open: async () => [store, store], remove: async () => undefined }
}

export async function onFile(): Promise<Backing> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-model-'))
  const [path, kept] = [join(folder, 'sessions.db'), join(folder, 'kept.db')]
  return {
    open: async () => [sqliteStore(path), sqliteStore(path)],
    copy: async () => {
      rmSync(kept, { force: true })
      const database = new DatabaseSync(path)
      database.exec(`VACUUM INTO '${kept}'`)
      database.close()
    },
    restore: async () => copyFileSync(kept, path),
    remove: async () => rmSync(folder, { recursive: true }),
  }
}

let made = 0
const freshName = (): string => `model_${process.pid}_${(made += 1)}`

/** In a schema of its own. */
export async function onPostgres(url: string): Promise<Backing> {
  const schema = freshName()
  const kept = `${schema}_kept`
  const pool = new Pool({ connectionString: url, max: 4 })
  const open = (): Promise<Store> => postgresStore({ pool, feed: url, schema })
  const tables = async (): Promise<string[]> => {
    const found = await pool.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [schema])
    return found.rows.map(({ tablename }: { tablename: string }) => tablename)
  }
  const each = async (sql: (table: string) => string): Promise<void> => {
    for (const table of await tables()) await pool.query(sql(table))
  }
  return {
    open: async () => [await open(), await open()],
    copy: async () => {
      await pool.query(`DROP SCHEMA IF EXISTS ${kept} CASCADE; CREATE SCHEMA ${kept}`)
      await each((table) => `CREATE TABLE ${kept}.${table} AS TABLE ${schema}.${table}`)
    },
    restore: () =>
      each((table) => `TRUNCATE ${schema}.${table}; INSERT INTO ${schema}.${table} SELECT * FROM ${kept}.${table}`),
    remove: async () => {
      await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; DROP SCHEMA IF EXISTS ${kept} CASCADE`)
      await pool.end()
    },
  }
}

/** Under a prefix of its own; `raw` is a client for the copies. */
export async function onRedis(url: string, raw: Redis | Cluster): Promise<Backing> {
  const prefix = `${freshName()}:`
  const nodes = raw instanceof Redis ? [raw] : raw.nodes('master')
  const keys = async (): Promise<string[]> => (await Promise.all(nodes.map((node) => node.keys(`${prefix}*`)))).flat()
  const clear = async (): Promise<void> => void (await Promise.all((await keys()).map((key) => raw.del(key))))
  const open = (): Promise<Store> => redisStore({ client: url, prefix })
  let kept: { readonly key: string; readonly value: Buffer; readonly lifeMs: number }[] = []
  return {
    open: async () => [await open(), await open()],
    copy: async () => {
      kept = await Promise.all(
        (await keys()).map(async (key) => {
          const lifeMs = Math.max(0, await raw.pttl(key))
          return { key, value: await raw.dumpBuffer(key), lifeMs }
        }),
      )
    },
    restore: async () => {
      await clear()
      await Promise.all(kept.map(({ key, value, lifeMs }) => raw.restore(key, lifeMs, value)))
    },
    remove: clear,
  }
}
