import { endReasons, proofKinds, transports } from 'latchkey'
import { sampleSession } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { expiresAt, isLive, viewOf } from '../../packages/latchkey/src/core/session.ts'

describe('a session', () => {
  test('can be renewed until the earlier of its two lives is over', () => {
    for (const [idleExpiresAt, absoluteExpiresAt] of [
      [100, 200],
      [200, 100],
    ] as const) {
      const session = sampleSession({ idleExpiresAt, absoluteExpiresAt })
      expect(expiresAt(session)).toBe(100)
      expect([99, 100, 101].map((now) => isLive(session, now))).toEqual([true, false, false])
    }
  })

  test('cannot be renewed once it was ended, whenever that was', () => {
    for (const revokedAt of [0, 1, 9e15]) expect(isLive(sampleSession({ revokedAt }), 1)).toBe(false)
  })

  test('is shown by these of its parts and no others (I4)', () => {
    const session = sampleSession({
      generation: 7,
      rotatedAt: 5,
      revokedAt: 6,
      revokedReason: 'evicted',
      thumbprint: 'thumb',
      claims: { role: 'x' },
      scope: 'read',
    })
    expect(viewOf(session)).toEqual({
      id: session.publicId,
      subject: 'ada',
      client: 'first-party',
      proof: 'plain',
      transport: 'body',
      thumbprint: 'thumb',
      scope: 'read',
      generation: 7,
      createdAt: session.createdAt,
      authTime: session.authTime,
      lastSeenAt: 5,
      expiresAt: session.idleExpiresAt,
      endedAt: 6,
      endReason: 'evicted',
      device: session.device,
    })
  })

  test('has kinds of proof and transport in the order of the bits of the token: never reordered, only added to', () => {
    expect(proofKinds).toEqual(['plain', 'session_key', 'dpop', 'device_bound'])
    expect(transports).toEqual(['body', 'cookie', 'header'])
    expect(new Set(endReasons).size).toBe(endReasons.length)
  })
})
