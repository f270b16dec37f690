// Tells a database that cannot be reached just now from one that is there and refuses: the first passes by itself, and a
// command says so with an exit code of its own.

import { isLatchkeyError } from 'latchkey'

const systemCodes: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_SQLITE_ERROR',
])

/** Of PostgreSQL: broken connections, no connection left, starting up or shutting down, read-only, locked. */
const sqlStates = /^(?:08...|53300|57P0[1-5]|25006|55P03|40P01)$/

/** What the clients of PostgreSQL and Redis say without a code. */
const sentences =
  /^(?:timeout exceeded when trying to connect|Connection terminated|Query read timeout|Connection timeout|Socket closed|The client is closed|gave up waiting|All the root nodes are unavailable|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN)/

/** Whether a database cannot be reached or is busy, so that a later try may succeed. */
export function isOutage(error: unknown): boolean {
  if (isLatchkeyError(error)) return true
  if (!(error instanceof Error)) return false
  const { code } = error as { readonly code?: unknown }
  if (systemCodes.has(code) || (typeof code === 'string' && sqlStates.test(code))) return true
  if (sentences.test(error.message)) return true
  return error instanceof AggregateError ? error.errors.some(isOutage) : isOutage(error.cause)
}

/** What happened, in one sentence for people: the message and what lies beneath it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown'
  if (isLatchkeyError(error) && error.detail !== undefined) return `${error.message} (${error.detail})`
  const beneath: unknown = error instanceof AggregateError ? error.errors[0] : error.cause
  if (!(beneath instanceof Error)) return error.message
  return error.message === '' ? reasonOf(beneath) : `${error.message} (${reasonOf(beneath)})`
}

/** Does what opens a database; one that cannot be reached is named, without user and password. */
export async function reaching<Result>(place: string, opening: Promise<Result>): Promise<Result> {
  try {
    return await opening
  } catch (cause) {
    throw isOutage(cause) && !isLatchkeyError(cause) ? new Error(`${place} cannot be reached`, { cause }) : cause
  }
}
