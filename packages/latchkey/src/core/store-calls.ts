// Every call of the engine to its store goes through here: it may take so long and no longer, and whatever goes wrong
// with it is an outage, never a refusal (I3). The signal tells the store to drop what it has not begun.

import { isLatchkeyError, LatchkeyError } from './errors.ts'
import type { Ports } from './ports.ts'

export type StoreCall = <Result>(work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>

/** One deadline for all calls of one request, which come one after the other. */
export interface Patience {
  readonly call: StoreCall
  /** Calls the timer off; to be called when the request is done. */
  readonly end: () => void
}

/** From now on, `deadlineMs` for everything; what is not done by then fails with `store_unavailable`. */
export function createPatience(ports: Ports, deadlineMs: number): Patience {
  const controller = new AbortController()
  const { signal } = controller
  let giveUp = (): void => undefined
  const end = ports.after(deadlineMs, () => {
    controller.abort()
    giveUp()
  })
  const call: StoreCall = (work) =>
    new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => reject(outageOf(cause))
      giveUp = () => fail(new Error(`no answer within ${deadlineMs} ms`))
      if (signal.aborted) giveUp()
      else attempt(work, signal).then(resolve, fail)
    })
  return { call, end }
}

/** A caller that has this much patience with each call. */
export const createStoreCall =
  (ports: Ports, deadlineMs: number): StoreCall =>
  (work) => {
    const { call, end } = createPatience(ports, deadlineMs)
    return call(work).finally(end)
  }

// Async, so that a store that throws at once is an outage too.
const attempt = async <Result>(work: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal): Promise<Result> =>
  work(signal)

const outageOf = (cause: unknown): LatchkeyError =>
  isLatchkeyError(cause) ? cause : new LatchkeyError('store_unavailable', { cause })
