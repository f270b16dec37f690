// Short-lived counters that all nodes share, kept with the sessions: for throttling, and to notice what came before. What
// they mean is their user's business. They say nothing about sessions, and losing them signs nobody out.

import type { Engine } from './engine.ts'
import { MisuseError } from './errors.ts'
import type { Marked } from './store.ts'

const longestMs = 31 * 86_400_000

export interface MarkRequest {
  /** 1 to 200 printable ASCII characters; must hold no secret and no name of a person. */
  readonly key: string
  /** Added to the counter; with 0, and without `replace`, it is only read. */
  readonly add: number
  /** Life of a counter that begins, in milliseconds; at most 31 days. */
  readonly lifeMs: number
  /** Whether `add` and `lifeMs` take the place of whatever is there. */
  readonly replace?: boolean | undefined
}

/** Counts. Throws `argument_invalid` or `store_unavailable`. */
export async function mark(engine: Engine, { key, add, lifeMs, replace = false }: MarkRequest): Promise<Marked> {
  checkKey(key)
  if (!Number.isSafeInteger(add) || Math.abs(add) > 1_000_000)
    throw invalid('add must be a whole number up to a million')
  if (!Number.isSafeInteger(lifeMs) || lifeMs < 1 || lifeMs > longestMs) throw invalid('lifeMs must be 1 to 31 days')
  const at = engine.ports.now()
  return engine.call((signal) => engine.store.mark({ key, add, at, expiresAt: at + lifeMs, replace }, signal))
}

/** Forgets a counter. Throws `argument_invalid` or `store_unavailable`. */
export async function unmark(engine: Engine, key: string): Promise<void> {
  checkKey(key)
  return engine.call((signal) => engine.store.unmark(key, signal))
}

function checkKey(key: unknown): void {
  if (typeof key !== 'string' || !/^[\x20-\x7E]{1,200}$/.test(key)) {
    throw invalid('the key of a counter must be 1 to 200 printable ASCII characters')
  }
}

const invalid = (message: string): MisuseError => new MisuseError('argument_invalid', message)
