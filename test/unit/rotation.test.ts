import { sampleSession } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { decide, lastGeneration, type Verdict } from '../../packages/latchkey/src/core/rotation.ts'
import type { Session } from '../../packages/latchkey/src/core/session.ts'

const now = 1_700_000_100_000
const current = 2000
const leewayMs = 10_000

type Cell = readonly [name: string, row: Partial<Session> | null, generation: number, verdict: Verdict]

const rotatedAgo = (ms: number): Partial<Session> => ({ proof: 'plain', rotatedAt: now - ms })
const ended: Partial<Session> = { revokedAt: now - 1, revokedReason: 'signed_out' }

const gone: readonly Cell[] = [
  ['no row', null, current, { case: 'gone', why: 'missing' }],
  ['a revoked row', ended, current, { case: 'gone', why: 'ended' }],
  ['a revoked row whose life is over too', { ...ended, idleExpiresAt: 1 }, current, { case: 'gone', why: 'ended' }],
  ['a revoked row and a token ahead of it', ended, current + 5, { case: 'gone', why: 'ended' }],
  ['a revoked row and an older token', ended, current - 1, { case: 'gone', why: 'ended' }],
  ['a row at the end of its idle life', { idleExpiresAt: now }, current, { case: 'gone', why: 'expired' }],
  ['a row at the end of its absolute life', { absoluteExpiresAt: now }, current, { case: 'gone', why: 'expired' }],
  ['an expired row and an older token', { idleExpiresAt: now }, current - 9, { case: 'gone', why: 'expired' }],
]

const forward: readonly Cell[] = [
  ['the newest', {}, current, { case: 'rotate', from: current, to: current + 1 }],
  [
    'the newest, 1 ms before the idle life ends',
    { idleExpiresAt: now + 1 },
    current,
    { case: 'rotate', from: current, to: current + 1 },
  ],
  [
    'the newest, 1 ms before the absolute life ends',
    { absoluteExpiresAt: now + 1 },
    current,
    { case: 'rotate', from: current, to: current + 1 },
  ],
  [
    'the newest of a plain session, however late',
    rotatedAgo(9e9),
    current,
    { case: 'rotate', from: current, to: current + 1 },
  ],
  ['one ahead', {}, current + 1, { case: 'heal', from: current, to: current + 2 }],
  ['1000 ahead', {}, current + 1000, { case: 'heal', from: current, to: current + 1001 }],
  ['1001 ahead', {}, current + 1001, { case: 'regressed' }],
  ['the last generation ahead of a young row', {}, lastGeneration, { case: 'regressed' }],
  [
    'the last generation but one',
    { generation: lastGeneration - 1 },
    lastGeneration - 1,
    { case: 'rotate', from: lastGeneration - 1, to: lastGeneration },
  ],
  ['the last generation', { generation: lastGeneration }, lastGeneration, { case: 'regressed' }],
  [
    'the last generation, with a row just behind',
    { generation: lastGeneration - 5 },
    lastGeneration,
    { case: 'regressed' },
  ],
]

const proofs = ['session_key', 'dpop', 'device_bound'] as const
const again: readonly Cell[] = proofs.flatMap((proof) =>
  [1, 2, 10, 1000, 1001, current - 1].flatMap((depth) =>
    [-9e9, -2001, 0, 10_001, 9e9].map((ago): Cell => [
      `${proof}, ${depth} behind, rotated ${ago} ms ago`,
      { proof, rotatedAt: now - ago, idleExpiresAt: now + 1e12, absoluteExpiresAt: now + 1e12 },
      current - depth,
      { case: 'again', depth },
    ]),
  ),
)

const leeway: Verdict = { case: 'leeway', depth: 1 }
const reuse = (depth: number): Verdict => ({ case: 'reuse', depth })
const behind: readonly Cell[] = [
  ['one behind, 2001 ms before the rotation', rotatedAgo(-2001), current - 1, reuse(1)],
  ['one behind, 2000 ms before the rotation', rotatedAgo(-2000), current - 1, leeway],
  ['one behind, at once', rotatedAgo(0), current - 1, leeway],
  ['one behind, at the end of the leeway', rotatedAgo(leewayMs), current - 1, leeway],
  ['one behind, 1 ms after the leeway', rotatedAgo(leewayMs + 1), current - 1, reuse(1)],
  ['two behind, at once', rotatedAgo(0), current - 2, reuse(2)],
  ['two behind, 2000 ms before the rotation', rotatedAgo(-2000), current - 2, reuse(2)],
  ['1001 behind', rotatedAgo(0), current - 1001, reuse(1001)],
  ['the first', rotatedAgo(0), 1, reuse(current - 1)],
]

const verdictOn = (row: Partial<Session> | null, generation: number, leewayMs: number): Verdict => {
  // Frozen: the rule writes nothing.
  const session = row && Object.freeze(sampleSession({ proof: 'session_key', generation: current, ...row }))
  return decide(Object.freeze({ generation, now, leewayMs, thumbprint: null }), session)
}

describe('the rule (I5)', () => {
  test.each([
    ['of a live session, with the newest token', {}, current],
    ['with an older one', {}, current - 1],
    ['with one ahead', {}, current + 1],
    ['of a session that has ended', { revokedAt: now }, current],
  ])('calls another key than the session’s unproved, %s (DP-8)', (_name, row, generation) => {
    const session = sampleSession({ proof: 'dpop', thumbprint: 'its own', generation: current, ...row })
    for (const thumbprint of ['another', null]) {
      expect(decide({ generation, now, leewayMs, thumbprint }, session)).toEqual({ case: 'unproved' })
    }
    expect(decide({ generation, now, leewayMs, thumbprint: 'its own' }, session).case).not.toBe('unproved')
  })

  test.each(gone)('finds the session gone: %s', (_name, row, generation, verdict) => {
    expect(verdictOn(row, generation, leewayMs)).toEqual(verdict)
  })

  test.each(forward)('moves forward, or calls the store regressed: %s', (_name, row, generation, verdict) => {
    expect(verdictOn(row, generation, leewayMs)).toEqual(verdict)
  })

  test.each(again)('answers a proved session again: %s', (_name, row, generation, verdict) => {
    expect(verdictOn(row, generation, leewayMs)).toEqual(verdict)
  })

  test.each(behind)('judges the older token of a plain session: %s (RT-4)', (_name, row, generation, verdict) => {
    expect(verdictOn(row, generation, leewayMs)).toEqual(verdict)
  })

  test.each([-2000, -1, 0, 1])('knows no leeway where it is 0: %i ms after the rotation', (ago) => {
    expect(verdictOn(rotatedAgo(ago), current - 1, 0)).toEqual(reuse(1))
  })

  test('lets neither clock nor history decide about the newest token or one ahead (OP-4)', () => {
    for (const rotatedAt of [0, now - 9e9, now, now + 9e9]) {
      for (const proof of ['plain', 'session_key'] as const) {
        expect(verdictOn({ proof, rotatedAt }, current, leewayMs).case).toBe('rotate')
        expect(verdictOn({ proof, rotatedAt }, current + 3, leewayMs).case).toBe('heal')
      }
    }
  })
})
