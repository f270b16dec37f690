// Sessions in Redis or Valkey: one server, sentinels or a cluster; one key per session, every decision one script on one
// key. What a failover may lose of it, docs/stores.md says: a rotation heals, a revocation is best effort without WAIT.

import { MisuseError } from '../../core/errors.ts'
import type { Store } from '../../core/store.ts'
import { driverOf, type RedisClient } from './client.ts'
import { ConfirmedWrites } from './confirmed-writes.ts'
import { defaultPrefix, keysOf } from './keys.ts'
import { RedisStore } from './store.ts'
import { openUrl } from './url.ts'

export interface RedisStoreOptions {
  /**
   * A URL (redis:, rediss:, redis+cluster://h:p,h:p, redis+sentinel://h:p,h:p/name), or the application's own client:
   * @redis/client (client, cluster, sentinel; connected) or ioredis (Redis, Cluster).
   */
  readonly client: string | RedisClient
  /** Before every key; `latchkey:` where nothing is said. */
  readonly prefix?: string
  /** A sign-in, a revocation or a key write waits until this many replicas have it, and rejects where too few do; 0 where nothing is said. */
  readonly replicas?: number
  /** How long that may take, in ms; 1000 where nothing is said. */
  readonly replicasMs?: number
}

const names = ['client', 'prefix', 'replicas', 'replicasMs']

/** Opens a store. Throws `option_invalid`; rejects where Redis cannot be reached. */
export async function redisStore(options: RedisStoreOptions): Promise<Store> {
  const { client, prefix = defaultPrefix, replicas = 0, replicasMs = 1000 } = checked(options)
  const driver = typeof client === 'string' ? await openUrl(client) : driverOf(client)
  const confirmed = replicas === 0 ? null : new ConfirmedWrites(driver, { replicas, ms: replicasMs })
  const store = new RedisStore(driver, keysOf(prefix), confirmed)
  try {
    await store.ping()
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

function checked(options: RedisStoreOptions): RedisStoreOptions {
  if (typeof options !== 'object' || options === null) throw invalid('takes options')
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw invalid(`knows no option ${unknown}`)
  const { prefix = defaultPrefix, replicas = 0, replicasMs = 1000 } = options
  // A hash tag would put all sessions of a cluster on one node.
  if (typeof prefix !== 'string' || !/^[^{}\s]{0,64}$/.test(prefix)) {
    throw invalid('prefix must be at most 64 characters, without spaces and braces')
  }
  if (!Number.isInteger(replicas) || replicas < 0 || replicas > 16) throw invalid('replicas must be from 0 to 16')
  if (!Number.isInteger(replicasMs) || replicasMs < 1 || replicasMs > 60_000) {
    throw invalid('replicasMs must be from 1 to 60000')
  }
  return options
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', `redisStore ${message}`)

export type { RedisClient } from './client.ts'
export { inspectRedis } from './inspect.ts'
export type { RedisReport } from './inspect.ts'
