// When to try again after a failure: at a random moment of a window, one try in each, and each window twice as long as
// the one before. So a crowd of clients spreads out, and the number of tries has a bound that no chance can break.

import type { Core } from './core.ts'
import type { ClientError } from './errors.ts'
import { firstWindowMs, maxRetryAfterMs, maxWindowMs } from './limits.ts'
import { spanOf } from './span.ts'

/** Notes a failure, or by undefined that there is none any more. */
export function note(core: Core, failure?: unknown): void {
  const windowMs = failure ? Math.min(maxWindowMs, core.windowMs * 2 || firstWindowMs) : 0
  const at = core.random() * windowMs
  const asked = Math.min(maxRetryAfterMs, ((failure as ClientError | undefined)?.retryAfterSeconds ?? 0) * 1000)
  core.failure = failure
  core.wait = spanOf(core, Math.max(core.restMs + at, asked))
  core.restMs = windowMs - at
  core.windowMs = windowMs
}
