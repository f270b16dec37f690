// Listens to the feed on a connection of its own, and begins again for as long as anybody watches. Between the end of one
// connection and the beginning of the next nothing is told, and the watchers know it: `lost`, then `changed`. Nothing counts
// as listening before a message has come through: behind PgBouncer in transaction mode LISTEN succeeds and tells nothing.

import type { Watcher } from '../../core/store.ts'
import { rest } from './calls.ts'
import { greetingOf, messageIn } from './messages.ts'
import { queryOn, type PostgresConnection, type PostgresNotification, type PostgresPool } from './pool.ts'

/** A connection that does not answer for so long is taken for dead: the other side may have vanished without a word. */
const beatMs = 2000
const connectMs = 5000
const [shortestPauseMs, longestPauseMs] = [100, 5000]

export interface ListenerOptions {
  /** Whose connections reach the server directly. */
  readonly pool: PostgresPool
  readonly channel: string
  /** Its messages are not told. */
  readonly sender: string
  /** Sends a message to the channel, by the way of every other. */
  readonly notify: (message: string) => Promise<unknown>
}

type State = 'silent' | 'telling' | 'lost'

export class Listener {
  readonly #options: ListenerOptions
  readonly #watchers = new Set<Watcher>()
  #stop: AbortController | undefined
  #running: Promise<void> = Promise.resolve()
  #state: State = 'silent'
  #heardItself = (): void => undefined

  constructor(options: ListenerOptions) {
    this.#options = options
  }

  /** Tells a watcher from now on; returns the stop. */
  watch(told: Watcher): () => void {
    // The same watcher twice is two watchers.
    const watcher = { ...told }
    this.#watchers.add(watcher)
    if (this.#stop === undefined) this.#begin()
    else queueMicrotask(() => this.#watchers.has(watcher) && tell(watcher, this.#state))
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size === 0) this.#end()
    }
  }

  /** Tells nobody anything any more; resolves when the connection is given back. */
  close(): Promise<void> {
    this.#watchers.clear()
    this.#end()
    return this.#running
  }

  #begin(): void {
    this.#stop = new AbortController()
    const { signal } = this.#stop
    this.#running = this.#running.then(() => this.#listen(signal))
  }

  #end(): void {
    this.#stop?.abort()
    this.#stop = undefined
    this.#state = 'silent'
  }

  async #listen(stop: AbortSignal): Promise<void> {
    for (let tries = 0; !stop.aborted; tries += 1) {
      try {
        const connection = await connectionOf(this.#options.pool, stop)
        await this.#until(connection, stop, () => {
          tries = 0
        })
      } catch {
        // The server cannot be reached: the watchers learn it below.
      }
      if (stop.aborted) return
      this.#become('lost')
      await rest(Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(tries, 10)), stop)
    }
  }

  /** Listens until the connection breaks or nobody wants to hear any more; the connection is not used again. */
  async #until(connection: PostgresConnection, stop: AbortSignal, begun: () => void): Promise<void> {
    const broken = new AbortController()
    const breaks = (): void => broken.abort()
    const hears = (notification: PostgresNotification): void => this.#hear(notification)
    connection.on('error', breaks)
    connection.on('end', breaks)
    connection.on('notification', hears)
    try {
      const query = queryOn(connection, beatMs)
      await query(`LISTEN "${this.#options.channel}"`)
      const over = AbortSignal.any([stop, broken.signal])
      await this.#proveItHears(over)
      if (over.aborted) return
      begun()
      this.#become('telling')
      for (;;) {
        await rest(beatMs, over)
        if (over.aborted) return
        await query('SELECT 1')
      }
    } finally {
      connection.off('notification', hears)
      // The two others stay: what breaks while it is being ended must find a listener.
      connection.release(true)
    }
  }

  async #proveItHears(over: AbortSignal): Promise<void> {
    const { notify, sender } = this.#options
    const done = new AbortController()
    let heard = false
    this.#heardItself = () => {
      heard = true
      done.abort()
    }
    // The greeting may wait for a connection as long as it likes; nobody waits for it longer than for any other answer.
    void notify(greetingOf(sender)).catch(() => done.abort())
    await rest(beatMs, AbortSignal.any([over, done.signal]))
    if (!heard) throw new Error('what is told does not arrive: the feed must reach the server directly')
  }

  #hear({ channel, payload = '' }: PostgresNotification): void {
    if (channel !== this.#options.channel) return
    const { sender, entries } = messageIn(payload)
    if (sender === this.#options.sender) this.#heardItself()
    else if (entries === null) for (const { changed } of this.#watchers) changed()
    else if (entries.length > 0) for (const { revoked } of this.#watchers) revoked(entries)
  }

  #become(state: State): void {
    const news = this.#state !== state
    this.#state = state
    if (news) for (const watcher of this.#watchers) tell(watcher, state)
  }
}

function tell({ changed, lost }: Watcher, state: State): void {
  if (state === 'telling') changed()
  if (state === 'lost') lost()
}

async function connectionOf(pool: PostgresPool, stop: AbortSignal): Promise<PostgresConnection> {
  const patience = new AbortController()
  const connecting = pool.connect()
  try {
    const connection = await Promise.race([connecting, rest(connectMs, AbortSignal.any([stop, patience.signal]))])
    if (connection !== undefined) return connection
    // One that comes too late is given back.
    connecting.then((late) => late.release()).catch(() => undefined)
    throw new Error('no connection for the feed')
  } finally {
    patience.abort()
  }
}
