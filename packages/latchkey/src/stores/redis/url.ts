// Makes the store's own client of a URL: @redis/client, imported only here and only then. It goes on trying for ever, with
// bounded pauses, and refuses commands while it has no connection: a request gets its 503 now, nothing piles up (I7).

import { MisuseError } from '../../core/errors.ts'
import { driverOf, type RedisClient } from './client.ts'
import { connectMs, type Driver } from './driver.ts'
import { OwnDriver } from './own-driver.ts'
import { patiently } from './patience.ts'

/** Commands that wait to be sent or answered on one connection; beyond it they are refused. */
const maxWaiting = 10_000
const longestPauseMs = 1000
/** A connection that is being made and says nothing for so long is given up. */
const silentMs = 4000
const pingMs = 1000
/** A cluster's nodes are asked anew who is primary this soon after one of them is lost, and as often. */
const refreshMs = 300

interface OwnClient extends RedisClient {
  connect(): Promise<unknown>
  destroy(): unknown
}

interface Library {
  createClient(options: object): OwnClient
  createCluster(options: object): OwnClient
  createSentinel(options: object): OwnClient
}

export interface RedisAddress {
  readonly kind: 'server' | 'cluster' | 'sentinel'
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  readonly tls: boolean
  readonly username?: string
  readonly password?: string
  /** The primary's name for sentinels. */
  readonly name?: string
  readonly database?: number
}

const form = /^redis(s?)(?:\+(cluster|sentinel))?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^@/?#]+)(?:\/([^/?#]*))?$/

/** Reads a URL. Throws `option_invalid`; the URL, which may hold a password, stays out of the message (I4). */
export function parseRedisUrl(url: string): RedisAddress {
  const [, secure, kind = 'server', username, password, hosts = '', path = ''] = form.exec(url) ?? malformed()
  const standard = kind === 'sentinel' ? 26_379 : 6379
  const nodes = hosts.split(',').map((host) => nodeOf(host, standard))
  if (kind === 'server' && nodes.length > 1) malformed()
  if (kind === 'server' && !/^\d*$/.test(path)) malformed()
  if (kind === 'sentinel' && path === '') malformed()
  if (kind === 'cluster' && path !== '') malformed()
  return {
    kind: kind as RedisAddress['kind'],
    nodes,
    tls: secure === 's',
    ...(username ? { username: decodeURIComponent(username) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
    ...(kind === 'sentinel' ? { name: decodeURIComponent(path) } : {}),
    ...(kind === 'server' && path !== '' ? { database: Number(path) } : {}),
  }
}

function nodeOf(text: string, standard: number): { host: string; port: number } {
  const [, bracketed, bare, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? malformed()
  return { host: bracketed ?? bare ?? '', port: port === undefined ? standard : Number(port) }
}

function malformed(): never {
  const forms = 'redis://host:port/0, rediss://…, redis+cluster://host:port,host:port, redis+sentinel://host:port/name'
  throw new MisuseError('option_invalid', `redisStore: the URL has none of these forms: ${forms}`)
}

/** Connects. Rejects where Redis cannot be reached within five seconds, and with `option_invalid` without @redis/client. */
export async function openUrl(url: string): Promise<Driver> {
  const address = parseRedisUrl(url)
  const open = (): Promise<Driver> => openClient(address)
  // Sentinels tell by themselves who has taken over.
  return address.kind === 'sentinel' ? open() : new OwnDriver(await open(), open)
}

async function openClient(address: RedisAddress): Promise<Driver> {
  const client = clientOf(await library(), address)
  client.on('error', () => undefined)
  const close = async (): Promise<void> => {
    // What was accepted is done by now; a farewell would wait for a server that may be gone.
    await client.destroy()
  }
  try {
    await patiently(client.connect())
    return driverOf(client, close)
  } catch (error) {
    await close().catch(() => undefined)
    throw error
  }
}

function clientOf(redis: Library, address: RedisAddress): OwnClient {
  const { kind, nodes, username, password, name, database, tls } = address
  const credentials = { ...(username ? { username } : {}), ...(password ? { password } : {}) }
  const silence = { connectTimeout: connectMs, socketTimeout: silentMs }
  const socket = { ...silence, reconnectStrategy: pauseBefore, ...(tls ? { tls } : {}) }
  // The ping keeps a connection from being given up that merely has nothing to do.
  const bounds = { disableOfflineQueue: true, commandsQueueMaxLength: maxWaiting, pingInterval: pingMs }
  const node = { ...credentials, ...bounds, socket }
  if (kind === 'cluster') {
    return redis.createCluster({
      rootNodes: nodes.map((one) => ({ socket: { ...socket, ...one } })),
      defaults: node,
      topologyRefreshOnReconnectionAttemptStrategy: refreshMs,
      // Otherwise asking who is primary waits for a connection to the dead one, for ever.
      minimizeConnections: true,
    })
  }
  if (kind === 'sentinel') {
    return redis.createSentinel({
      name,
      sentinelRootNodes: nodes,
      nodeClientOptions: node,
      sentinelClientOptions: { socket, pingInterval: pingMs },
    })
  }
  return redis.createClient({
    ...node,
    socket: { ...socket, ...nodes[0] },
    ...(database === undefined ? {} : { database }),
  })
}

const pauseBefore = (tries: number): number => Math.min(longestPauseMs, 25 * 2 ** Math.min(tries, 10))

async function library(): Promise<Library> {
  try {
    return (await import('@redis/client')) as unknown as Library
  } catch {
    throw new MisuseError('option_invalid', 'redisStore needs @redis/client for a URL: npm install @redis/client')
  }
}
