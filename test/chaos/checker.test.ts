// The checker must be able to fail: each rule finds the breach that is planted for it in a record, and nothing in a
// record where all is well.

import { describe, expect, test } from 'vitest'
import { check, ruleNames } from './checker.ts'
import type { Exchange, Fault } from './history.ts'
import { exchange, fault, fine, looked, refused, renewed, signedIn, signedOut, token } from './planted.ts'

const plain = { kind: 'plain' } as const
const thief = { who: 'thief', ...plain } as const
const begun = [signedIn(0, 'keyed', 'dan'), signedIn(0, 'plain', 'pat')]

interface Plant {
  readonly rule: string
  readonly what: string
  readonly exchanges: readonly Exchange[]
  readonly faults?: readonly Fault[]
}

const plants: readonly Plant[] = [
  {
    rule: 'honest keyed owner refused',
    what: 'a 403 to the owner',
    exchanges: [renewed(100, 'dan', 1), refused(200, 'dan', 2)],
  },
  {
    rule: 'honest keyed owner refused',
    what: 'a 401 in the middle of an outage',
    exchanges: [exchange(100, { presented: token('dan', 1), status: 401, reason: 'nonce' })],
    faults: [fault(0, 1000)],
  },
  {
    rule: 'generation forked',
    what: 'two tokens of one generation',
    exchanges: [renewed(100, 'dan', 1), renewed(200, 'dan', 1, { got: token('dan', 2, ' another') })],
  },
  {
    rule: 'second successor',
    what: 'a plain token that leads to two',
    exchanges: [renewed(100, 'pat', 1, plain), renewed(200, 'pat', 1, { ...plain, got: token('pat', 3) })],
  },
  {
    rule: 'second successor',
    what: 'a renewal that leads back',
    exchanges: [renewed(100, 'dan', 2, { got: token('dan', 2) })],
  },
  {
    rule: 'thief got a keyed token',
    what: 'a token for a thief without a proof',
    exchanges: [renewed(100, 'dan', 1, { who: 'thief' })],
  },
  {
    rule: 'thief of a plain session rides on',
    what: 'a token that worked twice, outside the leeway',
    exchanges: [
      renewed(100, 'pat', 1, thief),
      renewed(9000, 'pat', 1, plain),
      refused(9100, 'pat', 1, thief),
      refused(9200, 'pat', 2, plain),
    ],
  },
  {
    rule: 'thief of a plain session rides on',
    what: 'an owner who goes on to the end beside his thief',
    exchanges: [renewed(100, 'pat', 1, plain), renewed(200, 'pat', 1, thief), renewed(9000, 'pat', 2, plain)],
  },
  {
    rule: 'thief of a plain session rides on',
    what: 'a rotation from before the store can have lost any',
    exchanges: [
      renewed(100, 'pat', 1, thief),
      renewed(9000, 'pat', 1, plain),
      refused(9100, 'pat', 1, thief),
      refused(9200, 'pat', 2, plain),
    ],
    faults: [fault(8000, 8500, { losesSinceAt: 7000 })],
  },
  {
    rule: 'renewed after its sign-out',
    what: 'a renewal the very moment after',
    exchanges: [signedOut(100, 'dan'), renewed(110, 'dan', 1)],
  },
  {
    rule: 'access after its sign-out',
    what: 'access at the node that was told',
    exchanges: [signedOut(100, 'dan'), looked(111, 'dan', 0)],
  },
  {
    rule: 'access after its sign-out',
    what: 'access at another node, long after, with nothing broken',
    exchanges: [signedOut(100, 'dan'), looked(2000, 'dan', 0, { node: 1 })],
    faults: [fault(1000, 3000, { node: 2 })],
  },
  {
    rule: 'ended and back',
    what: 'a session that goes on after its end by reuse',
    exchanges: [refused(100, 'pat', 1, { ...plain, reason: 'reuse' }), renewed(200, 'pat', 2, plain)],
  },
  {
    rule: 'outage looked like a refusal',
    what: 'a 401 for a good password',
    exchanges: [exchange(100, { route: 'login', status: 401 })],
    faults: [fault(0, 1000)],
  },
  {
    rule: 'outage looked like a refusal',
    what: 'a 401 for a fresh access token',
    exchanges: [looked(100, 'dan', 0, { status: 401, reason: 'ended' })],
  },
  {
    rule: 'outage looked like a refusal',
    what: 'a 500 to a plain owner',
    exchanges: [exchange(100, { ...plain, presented: token('pat', 1), status: 500 })],
  },
  {
    rule: 'plain owner refused for nothing',
    what: 'a 403 where nobody shared and nothing was lost',
    exchanges: [renewed(100, 'pat', 1, plain), refused(9000, 'pat', 2, { ...plain, reason: 'reuse' })],
  },
  {
    rule: 'sign-in lost',
    what: 'a session that is not there when it is first renewed',
    exchanges: [refused(100, 'pat', 1, plain)],
  },
  {
    rule: 'wrong clock answered',
    what: 'a renewal at a node whose clock is wrong',
    exchanges: [renewed(100, 'dan', 1, { node: 1 })],
    faults: [fault(50, 500, { node: 1, clockWrong: true })],
  },
  {
    rule: 'wrong clock answered',
    what: 'a refusal at such a node, be it of a thief',
    exchanges: [refused(100, 'dan', 1, { who: 'thief', node: 1, reason: 'unproved' })],
    faults: [fault(50, 500, { node: 1, clockWrong: true })],
  },
]

describe('the checker', () => {
  test('finds nothing where all is well, however wrong some of it looks', () => {
    expect(check(fine)).toEqual([])
  })

  test.each(plants)('finds, as "$rule", $what', ({ rule, exchanges, faults = [] }) => {
    const planted = { exchanges: [...begun, ...exchanges], faults }
    expect(check(planted).map((breach) => breach.rule)).toContain(rule)
  })

  test('has a planted breach for each of its rules', () => {
    expect(new Set(plants.map(({ rule }) => rule))).toEqual(new Set(ruleNames))
  })
})
