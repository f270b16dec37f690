// latchkey/client/native: what a client needs in an app that is no web page (React Native): how it learns that the user is
// back, and patience with a network that comes back later than the user does.

import { resumeMs, resumePauseMs } from './limits.ts'
import type { ClientOptions } from './options.ts'

/** How an app says that its user, or its network, is back, and whether they are there. */
export type Lifecycle = NonNullable<ClientOptions['lifecycle']>

export interface NativeParts {
  readonly fetch?: typeof fetch
  /** Milliseconds of a clock that never jumps. */
  readonly elapsed?: () => number
  /** Resolves after so many milliseconds. */
  readonly pause?: (ms: number) => Promise<void>
}

/**
 * Options for `createClient`: the lifecycle, and a `fetch` that sends a request which changes nothing (GET, HEAD) once more
 * where it finds no network just after the user has come back. A request that is bound by DPoP is not sent twice.
 */
export const native = (lifecycle: Lifecycle, parts: NativeParts = {}): Pick<ClientOptions, 'fetch' | 'lifecycle'> => {
  const { elapsed = () => performance.now(), pause = pauseOf } = parts
  const send: typeof fetch = (input, init) => (parts.fetch ?? fetch)(input, init)
  let wokenAt = -Infinity
  const patient: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const isRepeatable = /^(GET|HEAD)$/.test(request.method) && !request.headers.has('DPoP')
    try {
      return await send(isRepeatable ? request.clone() : request)
    } catch (error) {
      if (!isRepeatable || request.signal.aborted || elapsed() - wokenAt > resumeMs) throw error
      await pause(resumePauseMs)
      return send(request)
    }
  }
  const { watch } = lifecycle
  if (watch === undefined) return { lifecycle, fetch: patient }
  const noted: typeof watch = (wake, sleep) =>
    watch((isOnline) => {
      wokenAt = elapsed()
      wake(isOnline)
    }, sleep)
  return { lifecycle: { ...lifecycle, watch: noted }, fetch: patient }
}

const pauseOf = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
