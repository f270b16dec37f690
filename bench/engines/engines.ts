// The engines that a part measures with: real servers on the loader's core (the parent has stepped aside to it, and they
// inherit that), each in a folder of its own inside the run's. PostgreSQL waits for the disk as it does by itself.

import { ask as askPostgres, postgresMissing, startPostgres, type PostgresServer } from '../../test/helpers/postgres.ts'
import {
  ask as askRedis,
  redisMissing,
  startRedis,
  startRedisCluster,
  type RedisCluster,
  type RedisServer,
} from '../../test/helpers/redis.ts'
import { alsoKill } from '../processes.ts'
import type { Row } from '../report.ts'

export type Engine = 'postgres' | 'redis'

export class Engines {
  /** Null where the machine has none. */
  readonly postgres: PostgresServer | null
  readonly redis: RedisServer | null
  #redisDatabases = 0
  #cluster: RedisCluster | undefined
  readonly #forget: () => void

  private constructor(postgres: PostgresServer | null, redis: RedisServer | null) {
    this.postgres = postgres
    this.redis = redis
    this.#forget = alsoKill(() => {
      for (const each of [postgres, redis, ...(this.#cluster?.nodes ?? [])]) void each?.kill()
    })
  }

  /** Starts what the machine has of these. */
  static async start(wanted: readonly Engine[], settings: Readonly<Record<string, string>> = {}): Promise<Engines> {
    const postgres = wanted.includes('postgres') && postgresMissing === null ? await startPostgres({ settings }) : null
    const redis = wanted.includes('redis') && redisMissing === null ? await startRedis() : null
    return new Engines(postgres, redis)
  }

  /** The URL of a new, empty database of this engine; null where the engine is missing. */
  async database(engine: Engine, name: string): Promise<string | null> {
    if (engine === 'redis') {
      this.#redisDatabases += 1
      return this.redis === null ? null : `${this.redis.url}/${this.#redisDatabases - 1}`
    }
    if (this.postgres === null) return null
    await askPostgres(this.postgres, `CREATE DATABASE "${name}"`)
    return this.postgres.url(name)
  }

  /** The URL of a cluster of three Redis servers, which starts now; null where Redis is missing. */
  async redisCluster(): Promise<string | null> {
    if (this.redis === null) return null
    this.#cluster ??= await startRedisCluster({ primaries: 3, replicas: 0 })
    return this.#cluster.url
  }

  /** What is measured with, for a note. */
  async versions(): Promise<string[]> {
    const [row] = this.postgres === null ? [] : await askPostgres(this.postgres, 'SHOW server_version')
    const info = this.redis === null ? '' : await askRedis(this.redis, 'INFO', 'server')
    const redis = /^redis_version:(\S+)/m.exec(info)?.[1]
    const named = [
      row === undefined ? '' : `PostgreSQL ${String(row['server_version'])}, fsync on`,
      redis === undefined ? '' : `Redis ${redis}, nothing on the disk`,
    ]
    const there = named.filter(Boolean)
    return there.length === 0 ? [] : [`${there.join('; ')}; on the loader's core`]
  }

  async remove(): Promise<void> {
    await Promise.all([this.postgres?.remove(), this.redis?.remove(), this.#cluster?.remove()])
    this.#forget()
  }
}

/** Says in a table that this was not measured, and why; nothing where the engine is there. */
export function missingRows(engine: Engine, what: string): Row[] {
  const missing = engine === 'postgres' ? postgresMissing : redisMissing
  return missing === null ? [] : [{ what, figure: 'not measured', detail: missing }]
}
