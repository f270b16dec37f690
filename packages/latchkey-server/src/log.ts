// The server's log: JSON lines on standard output, without a secret in any of them. Requests are not logged; what
// happens to sessions is.

import { isLatchkeyError, type Latchkey } from 'latchkey'
import { pino, type Logger } from 'pino'

export function createLog(level: string): Logger {
  return pino({ level, base: null, serializers: { err: errorOf } })
}

// A stack and a code, never the values that an error may carry beside them.
function errorOf(error: unknown): object {
  if (!(error instanceof Error)) return { message: 'a value that is no error was thrown' }
  const { name, message, stack, cause } = error
  const own = isLatchkeyError(error)
    ? { code: error.code, detail: error.detail }
    : { code: (error as NodeJS.ErrnoException).code }
  return { name, message, ...own, stack, ...(cause === undefined ? {} : { cause: errorOf(cause) }) }
}

/** Writes the life of sessions to the log: alarms as warnings, the rest as information or below. */
export function logEvents(latchkey: Latchkey, log: Logger): void {
  for (const name of ['reuse', 'unproved', 'replayed', 'store_regressed'] as const) {
    latchkey.on(name, (event) => log.warn({ event: name, ...shown(event) }, alarms[name]))
  }
  const told = ['signed_in', 'sign_in_refused', 'revoked', 'expired', 'evicted', 'healed'] as const
  for (const name of told) {
    latchkey.on(name, (event) => log.info({ event: name, ...shown(event) }))
  }
  // Of tries that nobody looked at, strangers can send as many as they like; the trail and the metrics count them.
  for (const name of ['renewed', 'again', 'throttled'] as const) {
    latchkey.on(name, (event) => log.debug({ event: name, ...shown(event) }))
  }
}

const alarms = {
  reuse: 'an old refresh token came back: the session has been ended',
  unproved: 'a refresh token came without the proof of its session key: somebody holds a copy',
  replayed: 'a DPoP proof came a second time: somebody holds a copy of a request',
  store_regressed: 'the store has lost more writes than a failover explains',
} as const

// The origin's user agent is the client's own text; the label and the place say enough.
function shown(event: object): object {
  const { session, sessionId, origin, ...rest } = event as Readonly<Record<string, unknown>>
  const { id, subject, generation } = (session ?? {}) as Readonly<Record<string, unknown>>
  const { label, place } = (origin ?? {}) as Readonly<Record<string, unknown>>
  return { session: id ?? sessionId, subject, generation, from: label, place, ...rest }
}
