// Looks into Redis, and what it may forget: for the doctor and for the start of a node.

import { inspectRedis } from 'latchkey/redis'
import type { Config } from '../config.ts'
import type { RedisDatabase } from '../database-url.ts'
import { nothingYet, type Examined } from './database.ts'

/** Throws why it cannot be reached. */
export async function examineRedis({ redisPrefix }: Config, { url, shown }: RedisDatabase): Promise<Examined> {
  const { version, primaries, replicas, identity, warnings } = await inspectRedis(url, redisPrefix)
  if (identity.environment === '') throw nothingYet(`${redisPrefix} in ${shown}`)
  const says = `${shown}, version ${version}, primaries: ${primaries}, replicas of each: ${replicas}`
  return { says, identity, warnings, newestRotatedAt: 0 }
}

/** What an operator should know of this Redis before he trusts sessions to it, a sentence each. */
export async function redisWarnings({ redisPrefix }: Config, { url }: RedisDatabase): Promise<readonly string[]> {
  return (await inspectRedis(url, redisPrefix)).warnings
}
