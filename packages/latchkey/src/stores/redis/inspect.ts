// Looks at a Redis without changing anything, and says in sentences what an operator should know of it: what it may
// forget, and when. For `doctor`, and for starting.

import type { Identity } from '../../core/store.ts'
import { driverOf, type RedisClient } from './client.ts'
import type { Driver, Primary } from './driver.ts'
import { identityIn } from './identity.ts'
import { defaultPrefix, keysOf } from './keys.ts'
import { patiently } from './patience.ts'
import { openUrl } from './url.ts'

export interface RedisReport {
  /** Such as 7.0.15; the oldest of a cluster's. */
  readonly version: string
  readonly primaries: number
  /** Replicas that are in step, of the primary that has the fewest. */
  readonly replicas: number
  /** The environment is empty where no store was opened yet. */
  readonly identity: Identity
  /** What to mend or to know, one sentence each. */
  readonly warnings: readonly string[]
}

/** What a Redis is and how it is set up. Rejects where it cannot be reached; throws `option_invalid` as `redisStore` does. */
export async function inspectRedis(client: string | RedisClient, prefix: string = defaultPrefix): Promise<RedisReport> {
  const own = typeof client === 'string'
  const driver = own ? await openUrl(client) : driverOf(client)
  try {
    return await patiently(look(driver, prefix))
  } finally {
    if (own) await driver.close()
  }
}

async function look(driver: Driver, prefix: string): Promise<RedisReport> {
  const { identity } = keysOf(prefix)
  const servers = await Promise.all((await driver.primaries()).map(lookAt))
  const hash = await driver.send(identity, ['HGETALL', identity])
  const versions = servers.map(({ version }) => version).sort(byVersion)
  return {
    version: versions[0] ?? '',
    primaries: servers.length,
    replicas: Math.min(...servers.map(({ replicas }) => replicas)),
    identity: identityIn(flat(hash)),
    warnings: [...new Set(servers.flatMap(({ warnings }) => warnings))],
  }
}

interface Server {
  readonly version: string
  readonly replicas: number
  readonly warnings: readonly string[]
}

async function lookAt(primary: Primary): Promise<Server> {
  const text = String(await primary.send(['INFO', 'everything']))
  const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1] ?? ''
  const version = field('valkey_version') || field('redis_version')
  const saved = field('aof_enabled') === '1' || (await saves(primary))
  const policy = field('maxmemory_policy')
  const warnings = [
    ...(Number(field('redis_version').split('.')[0]) < 7
      ? [`Redis ${version} is too old: 7.0 or Valkey is needed.`]
      : []),
    ...(field('role') === 'slave' ? ['This is a replica: sessions need the primary.'] : []),
    ...(policy === 'noeviction' ? [] : [`maxmemory-policy is ${policy}: full memory ends sessions. Set noeviction.`]),
    ...(saved ? [] : ['Nothing is kept on the disk (neither appendonly nor save): a restart signs everybody out.']),
    ...(field('connected_slaves') === '0' ? ['There is no replica: what this server loses is lost.'] : []),
  ]
  return { version, replicas: [...text.matchAll(/^slave\d+:.*state=online/gm)].length, warnings }
}

// Where CONFIG is forbidden, as at many providers, nobody can say; that is no reason to warn.
async function saves(primary: Primary): Promise<boolean> {
  try {
    return String(flat(await primary.send(['CONFIG', 'GET', 'save']))[1]) !== ''
  } catch {
    return true
  }
}

// A map is a flat list in RESP2, and an object or a Map in RESP3, as the client likes it.
function flat(reply: unknown): unknown[] {
  if (Array.isArray(reply)) return reply
  return reply instanceof Map ? [...reply].flat() : Object.entries(reply as object).flat()
}

const byVersion = (one: string, other: string): number => one.localeCompare(other, 'en', { numeric: true })
