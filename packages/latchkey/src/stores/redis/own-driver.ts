// The driver of the store's own client. A primary that is stopped and a route that is gone break no connection, they fall
// silent, and a client waits for them for as long as the system does, minutes. So each primary is asked every second
// whether it is there, and where one is silent the client is replaced: the new one learns who is primary now.

import type { Command, Driver, Primary } from './driver.ts'
import { rest } from './patience.ts'

const beatMs = 1000
/** Longer than any command of the store takes, shorter than a request waits for its second try. */
const silentMs = 3000

export class OwnDriver implements Driver {
  readonly #open: () => Promise<Driver>
  readonly #stop = new AbortController()
  #driver: Driver

  /** `open` makes another driver like `driver`. */
  constructor(driver: Driver, open: () => Promise<Driver>) {
    this.#driver = driver
    this.#open = open
    void this.#watch(this.#stop.signal)
  }

  send(key: string, command: Command, signal?: AbortSignal): Promise<unknown> {
    return this.#driver.send(key, command, signal)
  }

  primaryOf(key: string): Promise<Primary> {
    return this.#driver.primaryOf(key)
  }

  primaries(): Promise<readonly Primary[]> {
    return this.#driver.primaries()
  }

  close(): Promise<void> {
    this.#stop.abort()
    return this.#driver.close()
  }

  async #watch(stop: AbortSignal): Promise<void> {
    for (await rest(beatMs, stop); !stop.aborted; await rest(beatMs, stop)) {
      if (!(await this.#isSilent(stop))) continue
      // Where Redis cannot be reached at all, the next round tries again.
      await this.#replace(stop).catch(() => undefined)
    }
  }

  // An error is an answer: of a connection that is broken the client makes another by itself.
  async #isSilent(stop: AbortSignal): Promise<boolean> {
    const over = new AbortController()
    const asked = this.#driver
      .primaries()
      .then((primaries) => Promise.all(primaries.map((primary) => primary.send(['PING']))))
      .then(
        () => over.abort(),
        () => over.abort(),
      )
    await Promise.race([asked, rest(silentMs, AbortSignal.any([stop, over.signal]))])
    return !over.signal.aborted && !stop.aborted
  }

  async #replace(stop: AbortSignal): Promise<void> {
    const fresh = await this.#open()
    const old = stop.aborted ? fresh : this.#driver
    if (!stop.aborted) this.#driver = fresh
    await old.close()
  }
}
