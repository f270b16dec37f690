// Every call of the engine to its store goes through here: it may take so long and no longer, and whatever goes wrong
// with it is an outage, never a refusal (I3). The signal tells the store to drop what it has not begun.

import { isLatchkeyError, LatchkeyError } from './errors.ts'
import type { Ports } from './ports.ts'

export type StoreCall = <Result>(work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>

/** A caller that gives up after `deadlineMs` with `store_unavailable`. */
export const createStoreCall =
  (ports: Ports, deadlineMs: number): StoreCall =>
  <Result>(work: (signal: AbortSignal) => Promise<Result>) =>
    new Promise<Result>((resolve, reject) => {
      const controller = new AbortController()
      const fail = (cause: unknown): void =>
        reject(isLatchkeyError(cause) ? cause : new LatchkeyError('store_unavailable', { cause, retryAfterSeconds: 1 }))
      const cancel = ports.after(deadlineMs, () => {
        controller.abort()
        fail(new Error(`no answer within ${deadlineMs} ms`))
      })
      // Wrapped, so that a store that throws at once is an outage too.
      const attempt = async (): Promise<Result> => work(controller.signal)
      attempt().then(resolve, fail).finally(cancel)
    })
