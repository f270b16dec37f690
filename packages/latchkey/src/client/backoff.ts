// When to try again after a failure: at a random moment of a window, one try in each, and each window twice as long as
// the one before. So a crowd of clients spreads out, and the number of tries has a bound that no chance can break.

import type { Core } from './core.ts'
import type { ClientError } from './errors.ts'
import { firstWindowMs, maxRetryAfterMs, maxWindowMs } from './limits.ts'
import { show } from './session.ts'
import { spanOf, type Span } from './span.ts'

/** Why there is no renewal for now, and for how long. */
export interface Trouble {
  readonly error: unknown
  /** Nothing, from the moment on when the network is back. */
  leftMs: Span
  readonly windowMs: number
  readonly restMs: number
}

/** Notes what has come of a renewal: trouble, or by undefined that there is none any more. */
export const note = (core: Core, error?: unknown): void => {
  const { trouble } = core
  // An end is none of the troubles that pass.
  core.trouble = error && !core.isNobody ? next(core, error, trouble) : undefined
  show(core)
}

const next = (core: Core, error: unknown, trouble?: Trouble): Trouble => {
  const windowMs = Math.min(maxWindowMs, trouble ? trouble.windowMs * 2 : firstWindowMs)
  const at = core.chance() * windowMs
  const asked = Math.min(maxRetryAfterMs, ((error as ClientError).retryAfterSeconds ?? 0) * 1000)
  const leftMs = spanOf(core, Math.max((trouble?.restMs ?? 0) + at, asked))
  return { error, leftMs, windowMs, restMs: windowMs - at }
}
