// ioredis in its two forms (Redis, which knows sentinels by itself, and Cluster), behind the driver's few verbs. Never
// imported: it is the application's own client, known by its structure.

import { connectMs, type Command, type Connection, type Driver, type Primary } from './driver.ts'

/** The part of `Redis` that is used. */
export interface IoRedis {
  /** `ready` where commands are sent at once, not kept for later. */
  readonly status: string
  readonly options: {
    readonly host?: string
    readonly port?: number
    readonly path?: string
    readonly keyPrefix?: string
  }
  callBuffer(...command: readonly (string | Buffer)[]): Promise<unknown>
  duplicate(overrides: object): IoRedis
  connect(): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  on(event: string, listener: (...given: string[]) => void): unknown
  disconnect(): void
}

/** The part of `Cluster` that is used. */
export interface IoCluster {
  readonly status: string
  /** By slot: the addresses of its primary and replicas. */
  readonly slots: readonly (readonly string[] | undefined)[]
  callBuffer(...command: readonly (string | Buffer)[]): Promise<unknown>
  nodes(role: 'master'): readonly IoRedis[]
}

/** One server, or whoever the sentinels say is the primary. */
export function ioredisDriver(client: IoRedis): Driver {
  const primary = primaryBy(client)
  return {
    send: (_key, command) => sendNow(client, command),
    primaryOf: async () => primary,
    primaries: async () => [primary],
    close: async () => undefined,
  }
}

/** A cluster. */
export function ioredisClusterDriver(cluster: IoCluster): Driver {
  const primaries = async (): Promise<Primary[]> => cluster.nodes('master').map(primaryBy)
  const primaryOf = async (key: string): Promise<Primary> => {
    const slot = Number(await cluster.callBuffer('CLUSTER', 'KEYSLOT', key))
    const address = cluster.slots[slot]?.[0]
    const primary = (await primaries()).find(({ name }) => name === address)
    if (primary === undefined) throw new Error('the cluster has no primary for this key')
    return primary
  }
  return { send: (_key, command) => sendNow(cluster, command), primaryOf, primaries, close: async () => undefined }
}

// ioredis keeps commands for when the connection is back, and cannot let go of one that nobody waits for any more.
async function sendNow(client: IoRedis | IoCluster, command: Command): Promise<unknown> {
  if (!sendsNow.has(client.status)) throw new Error('Redis is not connected')
  return client.callBuffer(...command)
}

/** The beginning of a client is waited for: `wait`, `connecting` and `connect` come before its first `ready`. */
const sendsNow: ReadonlySet<string> = new Set(['ready', 'wait', 'connecting', 'connect'])

function primaryBy(client: IoRedis): Primary {
  const { host, port, path } = client.options
  return {
    name: path ?? `${host ?? 'localhost'}:${port ?? 6379}`,
    send: (command) => client.callBuffer(...command),
    connect: () => connectionBy(client),
  }
}

async function connectionBy(client: IoRedis): Promise<Connection> {
  const own = client.duplicate({
    lazyConnect: true,
    retryStrategy: null,
    connectTimeout: connectMs,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: true,
  })
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = () => {
      resolve()
      own.disconnect()
    }
  })
  own.on('error', () => end())
  own.on('end', () => end())
  await own.connect()
  return {
    send: (command) => own.callBuffer(...command),
    subscribe: async (channel, hear) => {
      own.on('message', (_channel, message) => hear(message ?? ''))
      await own.subscribe(channel)
    },
    ended,
    end,
  }
}
