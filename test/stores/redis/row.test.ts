// The packed row: whatever goes in comes out, and nothing that a step must match can be mistaken for something else.

import * as fc from 'fast-check'
import { sampleSession } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { endReasons, proofKinds, transports, type Session } from '../../../packages/latchkey/src/core/session.ts'
import { bindingOf, packed, unpacked } from '../../../packages/latchkey/src/stores/redis/row.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => value.toWellFormed()),
  fc.constantFrom('', '\0', 'x'.repeat(126), 'x'.repeat(127), 'x'.repeat(128), 'é'.repeat(8191), 'x'.repeat(16_384)),
)
const subject = fc.oneof(
  text,
  fc.uuid(),
  fc.uuid().map((value) => value.toUpperCase()),
)
const maybeText = fc.option(text)
const instant = fc.oneof(
  fc.nat(8_640_000_000_000_000),
  fc.constantFrom(0, 1, 8_640_000_000_000_000, 2 ** 48, 2 ** 48 - 1),
)
const near = fc.tuple(instant, fc.nat(70_000))
const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => Buffer.from(value))
const end = fc.option(fc.tuple(instant, fc.constantFrom(...endReasons)))

const sessions: fc.Arbitrary<Session> = fc
  .record({
    sid: bytes(16).map((value) => value.toString('hex')),
    publicId: bytes(16).map((value) => value.toString('base64url')),
    subject,
    client: text,
    generation: fc.nat(0xffff_ffff),
    kid: fc.nat(255),
    proof: fc.constantFrom(...proofKinds),
    transport: fc.constantFrom(...transports),
    thumbprint: maybeText,
    scope: maybeText,
    near,
    rotatedAt: instant,
    idleExpiresAt: instant,
    absoluteExpiresAt: instant,
    device: fc.record({ label: text, userAgent: text, place: text }),
    claims: fc.dictionary(text, fc.jsonValue({ noUnicodeString: false })) as fc.Arbitrary<Session['claims']>,
    end,
  })
  .map(({ end, near: [createdAt, before], ...row }) => ({
    ...row,
    createdAt,
    authTime: Math.max(0, createdAt - before),
    revokedAt: end?.[0] ?? null,
    revokedReason: end?.[1] ?? null,
  }))

describe('a packed row', () => {
  test('gives back every session as it went in', () => {
    fc.assert(
      fc.property(sessions, (session) => {
        const expected = { ...session, claims: JSON.parse(JSON.stringify(session.claims)) as unknown }
        expect(unpacked(session.sid, packed(session))).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  test('has room for the longest texts', () => {
    const long = 'ü'.repeat(1_500_000)
    const session = sampleSession({ subject: long, device: { label: long, userAgent: '', place: long } })
    expect(unpacked(session.sid, packed(session))).toEqual(session)
  })

  test('binds a step to one client and one thumbprint: no two pairs look alike, and none begins another', () => {
    const pair = fc.tuple(text, maybeText)
    fc.assert(
      fc.property(pair, pair, (one, other) => {
        fc.pre(one[0] !== other[0] || one[1] !== other[1])
        const [first, second] = [bindingOf(...one), bindingOf(...other)]
        expect(second.subarray(0, first.length).equals(first)).toBe(false)
      }),
    )
  })

  test('takes a tombstone for no session, and refuses what it does not know', () => {
    const session = sampleSession()
    expect(unpacked(session.sid, Buffer.of(0))).toBeNull()
    const foreign = packed(session)
    foreign.writeUInt8(9, 0)
    expect(() => unpacked(session.sid, foreign)).toThrow('format')
    const cut = packed(session).subarray(0, 50)
    expect(() => unpacked(session.sid, cut)).toThrow()
  })

  test('takes at most 108 bytes for a session of a user with a UUID, without a user agent', () => {
    const device = { label: 'Firefox on Linux', userAgent: '', place: '192.0.2.0' }
    const session = sampleSession({ subject: '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b', device })
    expect(packed(session).length).toBeLessThanOrEqual(108)
  })
})
