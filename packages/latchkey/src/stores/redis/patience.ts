// How long anybody waits for Redis: until the caller's signal, or five seconds. A command that was sent cannot be called
// back; who has stopped waiting knows nothing of its outcome, which is an outage (I3).

/** What a call without a signal waits, in ms. */
export const patienceMs = 5000

/** Settles as `work` does, and rejects the moment that the signal is aborted; without one, after five seconds. */
export function patiently<Result>(work: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error('gave up waiting for Redis'))
    const done = signal === undefined ? after(patienceMs, giveUp) : aborted(signal, giveUp)
    const fail = (error: unknown): void => reject(plain(error))
    work.finally(done).then(resolve, fail)
  })
}

// A timer that is called off costs a tenth of a signal that fires for nobody.
function after(ms: number, giveUp: () => void): () => void {
  const timer = setTimeout(giveUp, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

function aborted(signal: AbortSignal, giveUp: () => void): () => void {
  if (signal.aborted) giveUp()
  else signal.addEventListener('abort', giveUp, { once: true })
  return () => signal.removeEventListener('abort', giveUp)
}

// A client's error may carry the command that failed, and with it rows and sealed keys (I4).
const plain = (error: unknown): Error => new Error(error instanceof Error ? error.message : 'Redis failed')

/** Resolves after `ms`, or as soon as the signal is aborted. Keeps no process alive. */
export const rest = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(done, signal?.aborted === true ? 0 : ms)
    timer.unref()
    signal?.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
  })
