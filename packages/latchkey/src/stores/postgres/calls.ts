// What is under way in a store: bounded in number (I7), given up at once by whoever aborts, and waited for at the end.

/** Beyond this the store is overloaded and says so at once. */
const maxCalls = 10_000
/** At the end, whatever takes longer is given up. */
const closeMs = 15_000

export class Calls {
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  /** Runs one call. Rejects as soon as the signal is aborted; its work is then on its own. */
  run<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (signal?.aborted === true) return Promise.reject(reasonOf(signal))
    if (this.#closed) return Promise.reject(new Error('the store is closed'))
    if (this.#running.size >= maxCalls) return Promise.reject(new Error('too many calls wait for the database'))
    const result = work()
    const settled = result.catch(() => undefined).finally(() => this.#running.delete(settled))
    this.#running.add(settled)
    return signal === undefined ? result : unlessAborted(result, signal)
  }

  /** Resolves when what was accepted is done; nothing is accepted any more. */
  async close(): Promise<void> {
    this.#closed = true
    const patience = new AbortController()
    await Promise.race([Promise.all(this.#running), rest(closeMs, patience.signal)])
    patience.abort()
  }
}

function unlessAborted<Result>(result: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(reasonOf(signal))
    signal.addEventListener('abort', giveUp, { once: true })
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
  })
}

const reasonOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('given up')

/** Resolves after some time, or as soon as the signal is aborted. Keeps no process alive. */
export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms).unref()
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
