// Tells an application's own client by what it can do, since a second copy of a package has other classes.

import { MisuseError } from '../../core/errors.ts'
import type { Driver } from './driver.ts'
import { ioredisClusterDriver, ioredisDriver, type IoCluster, type IoRedis } from './ioredis.ts'
import {
  clusterDriver,
  leased,
  nodeDriver,
  sentinelDriver,
  type NodeClient,
  type NodeCluster,
  type NodeSentinel,
} from './node-redis.ts'

/** A client of @redis/client (one server, cluster, sentinel), connected, or of ioredis (Redis, Cluster). */
export interface RedisClient {
  on(event: 'error', listener: () => void): unknown
  duplicate(...given: never[]): unknown
}

/** The driver of a client. Throws `option_invalid` where it is none that is known, or not as it must be. */
export function driverOf(client: RedisClient, close: () => Promise<void> = async () => undefined): Driver {
  if (typeof client !== 'object' || client === null || typeof client.on !== 'function') throw invalid(unknown)
  if (hasPrefix(client)) throw invalid('the client must have no key prefix: say redisStore({ prefix })')
  // Without a listener, a client's error event ends the process.
  client.on('error', () => undefined)
  const form = client as unknown as Forms
  const can = (name: keyof Forms): boolean => typeof form[name] === 'function'
  if (can('callBuffer')) return can('nodes') ? ioredisClusterDriver(form) : ioredisDriver(form)
  if (!can('sendCommand')) throw invalid(unknown)
  if (!form.isOpen) throw invalid('connect the client first')
  if (can('getNodeClientForKey')) return clusterDriver(form, close)
  return can(leased) ? sentinelDriver(form, close) : nodeDriver(form, close)
}

/** What a client may be; which, its members tell. */
type Forms = IoRedis & IoCluster & NodeClient & NodeCluster & NodeSentinel & { readonly isOpen: boolean }

const unknown = 'the client is neither one of @redis/client nor one of ioredis'

// A client that puts a prefix before keys does so neither for patterns nor for channels.
function hasPrefix(client: RedisClient): boolean {
  const { options } = client as { options?: { keyPrefix?: unknown } }
  return (options?.keyPrefix ?? '') !== ''
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', `redisStore: ${message}`)
