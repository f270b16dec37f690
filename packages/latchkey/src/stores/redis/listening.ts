// Listens to the feed's channel on a connection of its own, and begins again for as long as anybody watches. Between the
// end of one connection and the beginning of the next nothing is told, and the watchers know it: `lost`, then `changed`.

import type { Watcher } from '../../core/store.ts'
import type { Connection, Driver } from './driver.ts'
import { entriesIn } from './feed.ts'
import { patiently, rest } from './patience.ts'

/** A connection that does not answer for so long is taken for dead: the other side may have vanished without a word. */
const beatMs = 2000
const longestPauseMs = 1000

export class Listening {
  readonly #driver: Driver
  readonly #channel: string
  readonly #watchers = new Set<Watcher>()
  #stop: AbortController | undefined
  #telling = false

  constructor(driver: Driver, channel: string) {
    this.#driver = driver
    this.#channel = channel
  }

  /** Tells a watcher from now on; returns the stop. */
  watch(told: Watcher): () => void {
    // The same watcher twice is two watchers.
    const watcher = { ...told }
    this.#watchers.add(watcher)
    if (this.#stop === undefined) this.#begin()
    else if (this.#telling) queueMicrotask(() => this.#watchers.has(watcher) && watcher.changed())
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size === 0) this.close()
    }
  }

  /** Tells nobody anything any more. */
  close(): void {
    this.#watchers.clear()
    this.#stop?.abort()
    this.#stop = undefined
  }

  #begin(): void {
    this.#stop = new AbortController()
    void this.#listen(this.#stop.signal)
  }

  async #listen(stop: AbortSignal): Promise<void> {
    for (let tries = 0; !stop.aborted; tries += 1) {
      try {
        const connection = await this.#openUnless(stop)
        tries = 0
        await this.#until(connection, stop)
      } catch {
        // Redis cannot be reached: the watchers learn it below.
      }
      if (stop.aborted) return
      this.#telling = false
      for (const { lost } of this.#watchers) lost()
      await rest(Math.min(longestPauseMs, 25 * 2 ** Math.min(tries, 10)), stop)
    }
  }

  // One that comes when nobody wants it any more is ended, or it would keep the process alive.
  #openUnless(stop: AbortSignal): Promise<Connection> {
    const opening = this.#open()
    const end = (): void =>
      void opening.then(
        (connection) => connection.end(),
        () => undefined,
      )
    stop.addEventListener('abort', end, { once: true })
    return patiently(opening, stop).finally(() => stop.removeEventListener('abort', end))
  }

  async #open(): Promise<Connection> {
    const connection = await (await this.#driver.primaryOf(this.#channel)).connect()
    try {
      await patiently(connection.subscribe(this.#channel, (message) => this.#hear(message)))
      return connection
    } catch (error) {
      connection.end()
      throw error
    }
  }

  async #until(connection: Connection, stop: AbortSignal): Promise<void> {
    const over = new AbortController()
    void connection.ended.then(() => over.abort())
    const end = (): void => connection.end()
    stop.addEventListener('abort', end, { once: true })
    if (stop.aborted) end()
    else this.#tell()
    while (!over.signal.aborted) {
      await rest(beatMs, over.signal)
      if (over.signal.aborted) break
      await patiently(connection.send(['PING']), AbortSignal.timeout(beatMs)).catch(end)
    }
    stop.removeEventListener('abort', end)
  }

  #tell(): void {
    this.#telling = true
    for (const { changed } of this.#watchers) changed()
  }

  #hear(message: string): void {
    const entries = entriesIn(message)
    for (const { revoked, changed } of this.#watchers) {
      if (entries === null || entries.length === 0) changed()
      else revoked(entries)
    }
  }
}
