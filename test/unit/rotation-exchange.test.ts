import { sampleSession } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { lastGeneration, rotation, type Command, type Outcome } from '../../packages/latchkey/src/core/rotation.ts'
import type { Session } from '../../packages/latchkey/src/core/session.ts'

const now = 1_700_000_000_000
const at = (generation: number, overrides: Partial<Session> = {}): Session =>
  sampleSession({ proof: 'session_key', generation, sid: 'a'.repeat(32), publicId: 'A'.repeat(22), ...overrides })

/** Plays the store: the commands that were asked, and the outcome once the answers have run out. */
function play(
  generation: number,
  hooked: boolean,
  answers: readonly (Session | null)[],
): { asked: string[]; outcome: Outcome } {
  const steps = rotation({ generation, now, leewayMs: 10_000, thumbprint: null }, hooked)
  const asked: string[] = []
  let step = steps.next()
  for (const answer of answers) {
    if (step.done === true) throw new Error(`over after ${asked.join(', ')}`)
    asked.push(spell(step.value))
    step = steps.next(answer)
  }
  if (step.done !== true) throw new Error(`not over: ${spell(step.value)} follows ${asked.join(', ')}`)
  return { asked, outcome: step.value }
}

function spell(command: Command): string {
  if (command.verb === 'advance') return `advance ${command.from}→${command.to}`
  return command.verb === 'revoke' ? `revoke ${command.reason}` : command.verb
}

describe('the exchange with the store (I2, I5)', () => {
  test('rotates the newest token in one trip', () => {
    const { asked, outcome } = play(5, false, [at(6)])
    expect(asked).toEqual(['advance 5→6'])
    expect(outcome).toEqual({ case: 'rotate', session: at(6), depth: 0 })
  })

  test('answers who lost the race with the successor that the winner has got', () => {
    const { asked, outcome } = play(5, false, [null, at(6)])
    expect(asked).toEqual(['advance 5→6', 'find'])
    expect(outcome).toEqual({ case: 'again', session: at(6), depth: 1 })
  })

  test('answers a plain session that lost the race inside the leeway', () => {
    const { outcome } = play(5, false, [null, at(6, { proof: 'plain', rotatedAt: now })])
    expect(outcome).toMatchObject({ case: 'leeway', depth: 1 })
  })

  test('heals a store that is behind', () => {
    const { asked, outcome } = play(9, false, [null, at(4), at(10)])
    expect(asked).toEqual(['advance 9→10', 'find', 'advance 4→10'])
    expect(outcome).toEqual({ case: 'heal', session: at(10), depth: 5 })
  })

  test('heals a store that is still behind after another has healed a part', () => {
    const { asked, outcome } = play(9, false, [null, at(4), null, at(7), at(10)])
    expect(asked).toEqual(['advance 9→10', 'find', 'advance 4→10', 'find', 'advance 7→10'])
    expect(outcome).toMatchObject({ case: 'heal', depth: 2 })
  })

  test('gives up after three tries, having decided nothing (I7)', () => {
    const { asked, outcome } = play(9, false, [null, at(4), null, at(5), null])
    expect(asked.filter((command) => command.startsWith('advance'))).toHaveLength(3)
    expect(outcome).toEqual({ case: 'busy' })
  })

  test('never tries a swap beyond the last generation', () => {
    const { asked, outcome } = play(lastGeneration, false, [at(lastGeneration)])
    expect(asked).toEqual(['find'])
    expect(outcome).toMatchObject({ case: 'regressed' })
  })

  test('ends a plain session durably before it calls its token reused', () => {
    const row = at(6, { proof: 'plain' })
    const { asked, outcome } = play(3, false, [null, row, null])
    expect(asked).toEqual(['advance 3→4', 'find', 'revoke reuse'])
    expect(outcome).toEqual({ case: 'reuse', session: row, depth: 3 })
  })

  test.each([
    ['missing', null],
    ['ended', at(5, { revokedAt: now, revokedReason: 'revoked' })],
    ['expired', at(5, { idleExpiresAt: now })],
  ] as const)('changes nothing where the session is %s (RT-14)', (why, row) => {
    const { asked, outcome } = play(5, false, [null, row])
    expect(asked).toEqual(['advance 5→6', 'find'])
    expect(outcome).toEqual({ case: 'gone', why, session: row })
  })

  test('changes nothing where the store is further behind than any failover explains', () => {
    const { asked, outcome } = play(1006, false, [null, at(5)])
    expect(asked).toEqual(['advance 1006→1007', 'find'])
    expect(outcome).toEqual({ case: 'regressed', session: at(5), depth: 1001 })
  })
})

describe('the exchange with a renew hook', () => {
  const allowed = (generation: number) => at(generation, { claims: { role: 'new' } })

  test('moves nothing before the hook has spoken', () => {
    const { asked, outcome } = play(5, true, [at(5), allowed(5), at(6)])
    expect(asked).toEqual(['find', 'ask', 'advance 5→6'])
    expect(outcome).toEqual({ case: 'rotate', session: allowed(6), depth: 0 })
  })

  test('asks the hook for an older token too, and answers with its claims', () => {
    const { asked, outcome } = play(5, true, [at(8), allowed(8)])
    expect(asked).toEqual(['find', 'ask'])
    expect(outcome).toEqual({ case: 'again', session: allowed(8), depth: 3 })
  })

  test('ends the session durably where the hook refuses', () => {
    const { asked, outcome } = play(5, true, [at(5), null, null])
    expect(asked).toEqual(['find', 'ask', 'revoke renewal_refused'])
    expect(outcome).toMatchObject({ case: 'refused' })
  })

  test('asks the hook once, however often the swap is lost', () => {
    const { asked, outcome } = play(5, true, [at(4), allowed(4), null, at(5), at(6)])
    expect(asked).toEqual(['find', 'ask', 'advance 4→6', 'find', 'advance 5→6'])
    expect(outcome).toMatchObject({ case: 'rotate', session: { claims: { role: 'new' } } })
  })

  test('finds out at its second look that the session was ended meanwhile (I10)', () => {
    const over = at(5, { revokedAt: now, revokedReason: 'signed_out' })
    const { asked, outcome } = play(5, true, [at(5), allowed(5), null, over])
    expect(asked).toEqual(['find', 'ask', 'advance 5→6', 'find'])
    expect(outcome).toMatchObject({ case: 'gone', why: 'ended' })
  })

  test.each([
    ['gone', null],
    ['regressed', at(5)],
    ['reuse', at(2000, { proof: 'plain' })],
  ] as const)('does not ask the hook where the token is refused anyway: %s', (expected, row) => {
    const { asked, outcome } = play(1500, true, expected === 'reuse' ? [row, null] : [row])
    expect(asked).not.toContain('ask')
    expect(outcome.case).toBe(expected)
  })

  test('gives up after three tries', () => {
    expect(play(5, true, [at(5), allowed(5), null, at(5), null, at(5), null]).outcome).toEqual({ case: 'busy' })
  })
})
