// What the store asks of a client, whichever it is: a command to the primary that holds a key, and connections of its own
// for what must not share one (subscribing, WAIT). node-redis.ts and ioredis.ts are the two that there are.

export type Argument = string | Buffer
export type Command = readonly Argument[]

export interface Driver {
  /**
   * Sends a command to the primary that holds `key`. Bulk replies come as Buffers. A command whose signal is aborted
   * before it could be sent is not sent: what nobody waits for must not happen after an outage.
   */
  send(key: string, command: Command, signal?: AbortSignal): Promise<unknown>
  /** The primary that holds a key. */
  primaryOf(key: string): Promise<Primary>
  /** All primaries: more than one in a cluster alone. */
  primaries(): Promise<readonly Primary[]>
  /** Closes what belongs to the store; the application's own client stays open. */
  close(): Promise<void>
}

export interface Primary {
  /** Host and port; the same for the same server. */
  readonly name: string
  send(command: Command): Promise<unknown>
  /** A connection of its own, which is never mended: once broken it is at its end. */
  connect(): Promise<Connection>
}

export interface Connection {
  send(command: Command): Promise<unknown>
  subscribe(channel: string, hear: (message: string) => void): Promise<void>
  /** Resolves when the connection is at its end, for whatever reason. */
  readonly ended: Promise<void>
  end(): void
}

/** How long making a connection may take, in ms. */
export const connectMs = 2000

/** Whether an error is Redis' answer with this code. */
export const isError = (error: unknown, code: string): boolean =>
  error instanceof Error && error.message.startsWith(code)
