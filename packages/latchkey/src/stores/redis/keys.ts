// The names of the keys, and how an id stands in them.

/** Where nothing else is said. */
export const defaultPrefix = 'latchkey:'

/** What a store's keys are called. */
export interface Keys {
  readonly session: (sid: string) => string
  readonly subject: (subject: string) => string
  readonly mark: (key: string) => string
  readonly revoked: string
  readonly identity: string
  readonly sealedKeys: string
  /** The channel of the feed. */
  readonly channel: string
  /** The pattern of all sessions' keys, and the sid of such a key. */
  readonly sessions: string
  readonly sidOf: (key: string) => string
}

/** The names behind a prefix. */
export function keysOf(prefix: string): Keys {
  const sessions = `${prefix}s:`
  return {
    session: (sid) => sessions + shortSid(sid),
    subject: (subject) => `${prefix}u:${subject}`,
    mark: (key) => `${prefix}m:${key}`,
    revoked: `${prefix}revoked`,
    identity: `${prefix}identity`,
    sealedKeys: `${prefix}keys`,
    channel: `${prefix}feed`,
    sessions: `${sessions.replaceAll(/[\\*?[\]]/g, String.raw`\$&`)}*`,
    sidOf: (key) => longSid(key.slice(sessions.length)),
  }
}

// Its 16 bytes as 22 characters of base64url: shorter, and still to be read in a terminal.
const shortSid = (sid: string): string => Buffer.from(sid, 'hex').toString('base64url')
const longSid = (short: string): string => Buffer.from(short, 'base64url').toString('hex')
