// Fills a store with sessions that ended long ago, through the store's own `insert`, so that a sweep has work.

import { randomBytes } from 'node:crypto'
import type { Session, Store } from 'latchkey'
import { browser } from './seed.ts'

export const deadSessions = 200_000
const atOnce = 250
const day = 86_400_000

export async function addDeadSessions(store: Store): Promise<void> {
  const createdAt = Date.now() - 60 * day
  for (let added = 0; added < deadSessions; added += atOnce) {
    const rows = Array.from({ length: atOnce }, (_, index) => deadSession(createdAt + added + index, added + index))
    await Promise.all(rows.map((row) => store.insert(row, { max: 100, evict: false })))
  }
}

function deadSession(createdAt: number, index: number): Session {
  return {
    sid: `${createdAt.toString(16).padStart(12, '0')}7000b${index.toString(16).padStart(15, '0')}`,
    publicId: randomBytes(16).toString('base64url'),
    subject: `00000000-0000-4000-9000-${String(index).padStart(12, '0')}`,
    client: 'first-party',
    generation: 20,
    kid: 1,
    proof: 'plain',
    transport: 'body',
    thumbprint: null,
    scope: null,
    createdAt,
    authTime: createdAt,
    rotatedAt: createdAt + day,
    idleExpiresAt: createdAt + 15 * day,
    absoluteExpiresAt: createdAt + 30 * day,
    revokedAt: null,
    revokedReason: null,
    device: browser,
    claims: {},
  }
}
