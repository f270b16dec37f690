// Every call of the engine to its store goes through here: it may take so long and no longer, and whatever goes wrong
// with it is an outage, never a refusal (I3). The signal tells the store to drop what it has not begun.

import { isLatchkeyError, LatchkeyError, MisuseError } from './errors.ts'
import type { Ports } from './ports.ts'

export type StoreCall = <Result>(work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>

/** One deadline for all calls of one request, which come one after the other. */
export interface Patience {
  readonly call: StoreCall
  /** Calls the timer off; to be called when the request is done. */
  readonly end: () => void
}

/**
 * From now on, `deadlineMs` for everything; what is not done by then fails with `store_unavailable`. `check` throws where
 * nothing may be asked at all.
 */
export function createPatience(ports: Ports, deadlineMs: number, check: () => void = () => undefined): Patience {
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
      else attempt(check, work, signal).then(resolve, fail)
    })
  return { call, end }
}

/** A caller that has this much patience with each call. */
export const createStoreCall =
  (ports: Ports, deadlineMs: number, check?: () => void): StoreCall =>
  (work) => {
    const { call, end } = createPatience(ports, deadlineMs, check)
    return call(work).finally(end)
  }

// Async, so that a store that throws at once is an outage too.
async function attempt<Result>(
  check: () => void,
  work: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  check()
  return work(signal)
}

// What a programmer or an operator must mend is no outage: trying again does not help.
const outageOf = (cause: unknown): Error =>
  isLatchkeyError(cause) || cause instanceof MisuseError ? cause : new LatchkeyError('store_unavailable', { cause })
