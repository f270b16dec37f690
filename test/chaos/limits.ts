// The times that a run lives by, in one place, because clients, faults and the checker must mean the same ones. They are
// as short as the server allows, so that deadlines pass, leeways end and access tokens die many times within a minute.

export const accessSeconds = 10
export const leewaySeconds = 5
export const deadlineSeconds = 2

export const accessMs: number = accessSeconds * 1000
export const leewayMs: number = leewaySeconds * 1000
export const deadlineMs: number = deadlineSeconds * 1000

/** Other nodes hear of a sign-out within this time, while nothing is broken; measured 100 ms, on a machine with idle cores. */
export const feedMs = 1500
/** After a fault, a node may need this long to hear of sign-outs again: the longest pause between two tries to reconnect, and a load. */
export const feedMendsMs = 8000
/** A client waits this long for an answer: longer than a node that has no store. */
export const patienceMs = 5000

/** How every node of a run is set, whatever its engine. */
export const nodeSettings: Readonly<Record<string, string>> = {
  LATCHKEY_ACCESS_SECONDS: String(accessSeconds),
  LATCHKEY_LEEWAY_SECONDS: String(leewaySeconds),
  LATCHKEY_STORE_DEADLINE_SECONDS: String(deadlineSeconds),
  LATCHKEY_MAX_SESSIONS: '10000',
  LATCHKEY_HASHES_WAITING: '1000',
  // All owners sign in at once, from one address.
  LATCHKEY_THROTTLE: 'off',
  // Told at this level: renewed and again, which the table at the end counts.
  LATCHKEY_LOG_LEVEL: 'debug',
}
