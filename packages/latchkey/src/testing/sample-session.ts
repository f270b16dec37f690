// Sessions for tests: whole, live, and each with ids of its own, so that a test names only what it is about.

import type { Session } from '../core/session.ts'

const day = 86_400_000
/** When sample sessions begin. */
export const begun = 1_700_000_000_000

let made = 0

/**
 * A live session that began at 1,700,000,000,000 and has never been renewed. Its sid sorts by `createdAt`, then by the
 * order of making, as a UUIDv7 does.
 */
export function sampleSession(overrides: Partial<Session> = {}): Session {
  made += 1
  const at = overrides.createdAt ?? begun
  return {
    sid: `${digits(at, 12)}7000b${digits(made, 15)}`,
    publicId: Buffer.from(digits(made, 32), 'hex').toString('base64url'),
    subject: 'ada',
    client: 'first-party',
    generation: 1,
    kid: 1,
    proof: 'plain',
    transport: 'body',
    thumbprint: null,
    scope: null,
    createdAt: at,
    authTime: at,
    rotatedAt: at,
    idleExpiresAt: at + 14 * day,
    absoluteExpiresAt: at + 30 * day,
    revokedAt: null,
    revokedReason: null,
    device: { label: 'Firefox on Linux', userAgent: 'Mozilla/5.0', place: '192.0.2.0' },
    claims: {},
    ...overrides,
  }
}

const digits = (value: number, length: number): string => value.toString(16).padStart(length, '0')
