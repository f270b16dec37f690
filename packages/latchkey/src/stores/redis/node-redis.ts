// @redis/client in its three forms (one server, cluster, sentinel), behind the driver's few verbs. By structure: the
// package is imported by url.ts alone, and only where a URL asks for it.

import { connectMs, type Command, type Connection, type Driver, type Primary } from './driver.ts'

/** The one member beyond the documented ones, and the mark of a sentinel's client; the peer range stays within a major. */
export const leased = '_execute'

/** The part of one server's client that is used. */
export interface NodeClient {
  readonly options: { readonly socket?: object; readonly keyPrefix?: unknown } | undefined
  sendCommand(command: Command, options?: object): Promise<unknown>
  duplicate(overrides: object): NodeClient
  connect(): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  on(event: string, listener: () => void): unknown
  destroy(): void
}

/** The part of a cluster's client that is used. */
export interface NodeCluster {
  readonly masters: readonly object[]
  sendCommand(firstKey: string, isReadonly: boolean, command: Command, options?: object): Promise<unknown>
  nodeClient(node: object): NodeClient | Promise<NodeClient>
  getNodeClientForKey(key: string, isReadonly?: boolean): NodeClient | Promise<NodeClient>
}

/** The part of a sentinel's client that is used. */
export interface NodeSentinel {
  sendCommand(isReadonly: boolean, command: Command, options?: object): Promise<unknown>
  /** Hands out the client of the connection to the primary; nothing else of a sentinel's client does. */
  [leased]<Result>(isReadonly: boolean, act: (client: NodeClient) => Promise<Result>): Promise<Result>
}

// 36 is the `$` of a bulk string: what is packed must not be read as text.
const asBuffers = { typeMapping: { 36: Buffer } }
const withSignal = (abortSignal: AbortSignal | undefined): object => ({ ...asBuffers, abortSignal })

type Close = () => Promise<void>

/** One server. */
export function nodeDriver(client: NodeClient, close: Close): Driver {
  const primary = primaryBy(client)
  return {
    send: (_key, command, abortSignal) => client.sendCommand(command, withSignal(abortSignal)),
    primaryOf: async () => primary,
    primaries: async () => [primary],
    close,
  }
}

/** A cluster: every command by its key; node by node where there is none. */
export function clusterDriver(cluster: NodeCluster, close: Close): Driver {
  return {
    send: (key, command, abortSignal) => cluster.sendCommand(key, false, command, withSignal(abortSignal)),
    primaryOf: async (key) => primaryBy(await cluster.getNodeClientForKey(key, false)),
    primaries: () => Promise.all(cluster.masters.map(async (node) => primaryBy(await cluster.nodeClient(node)))),
    close,
  }
}

/** Whoever the sentinels say is the primary. */
export function sentinelDriver(sentinel: NodeSentinel, close: Close): Driver {
  const send = (command: Command): Promise<unknown> => sentinel.sendCommand(false, command, asBuffers)
  const primaryOf = async (): Promise<Primary> => {
    const client = await sentinel[leased](false, async (found) => found)
    return { ...primaryBy(client), send }
  }
  return {
    send: (_key, command, abortSignal) => sentinel.sendCommand(false, command, withSignal(abortSignal)),
    primaryOf,
    primaries: async () => [await primaryOf()],
    close,
  }
}

function primaryBy(client: NodeClient): Primary {
  const socket = (client.options?.socket ?? {}) as { host?: string; port?: number; path?: string }
  return {
    name: socket.path ?? `${socket.host ?? 'localhost'}:${socket.port ?? 6379}`,
    send: (command) => client.sendCommand(command, asBuffers),
    connect: () => connectionBy(client),
  }
}

async function connectionBy(client: NodeClient): Promise<Connection> {
  const socket = { ...client.options?.socket, reconnectStrategy: false, connectTimeout: connectMs }
  const own = client.duplicate({ socket, disableOfflineQueue: false })
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = () => {
      resolve()
      // Throws where it is closed already.
      attempt(() => own.destroy())
    }
  })
  for (const event of ['error', 'end', 'terminated']) own.on(event, () => end())
  await own.connect()
  return {
    send: (command) => own.sendCommand(command, asBuffers),
    subscribe: async (channel, hear) => void (await own.subscribe(channel, hear)),
    ended,
    end,
  }
}

function attempt(act: () => void): void {
  try {
    act()
  } catch {
    // There is nothing to do about it.
  }
}
