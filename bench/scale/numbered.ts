// Sessions that are known by a number, so that millions of them can be made by the database itself and found again
// without a list. One in five ended long ago. The SQL of the fillings says the same as the functions here.

/** The sid's time of session 0; each next session is a millisecond younger. */
export const firstAt = 1_760_000_000_000
export const deadEvery = 5

const day = 86_400_000

/** The sid of the session with this number: a UUID of version 7, as the engine makes them. */
export const sidOf = (number: number): string =>
  `${(firstAt + number).toString(16).padStart(12, '0')}70008${number.toString(16).padStart(15, '0')}`

export const isDead = (number: number): boolean => number % deadEvery === 0

export const deadAmong = (sessions: number): number => Math.ceil(sessions / deadEvery)

/** Instants of the rows: those of a live session, and those of one that ended a month ago. */
export function instants(now: number): { readonly live: Instants; readonly dead: Instants } {
  return {
    live: { createdAt: now - day, idleExpiresAt: now + 14 * day, absoluteExpiresAt: now + 60 * day },
    dead: { createdAt: now - 60 * day, idleExpiresAt: now - 45 * day, absoluteExpiresAt: now - 30 * day },
  }
}

export interface Instants {
  readonly createdAt: number
  readonly idleExpiresAt: number
  readonly absoluteExpiresAt: number
}
