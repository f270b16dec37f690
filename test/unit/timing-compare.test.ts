// Whether the comparison of `npm run bench -- --only=timing` finds what is there and nothing else, on made-up answers
// with the noise of a real machine: a long tail, slow drift, bursts. The mistake it prevents: "cannot be told apart" said
// by a test that could not have told.

import { describe, expect, it } from 'vitest'
import { compare, judge, type Pair } from '../../bench/timing/compare.ts'

/** A small generator (mulberry32), so that every run sees the same noise. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Kinds {
  readonly pairs?: number
  /** What the other kind takes longer, given its place in the run. */
  readonly slower?: (random: () => number) => number
}

// 100 µs and more, a tail as of waiting, and a machine that gets slower and has a bad quarter.
function answers(seed: number, { pairs = 4000, slower = () => 0 }: Kinds = {}): Pair[] {
  const random = seeded(seed)
  const noise = (): number => 100 - 12 * Math.log(1 - random()) + (random() < 0.02 ? 3000 * random() : 0)
  return Array.from({ length: pairs }, (_, index) => {
    const drift = index / 50 + (index > pairs / 2 && index < pairs * 0.75 ? 60 * random() : 0)
    return [noise() + drift, noise() + drift + slower(random)]
  })
}

const settings = () => ({ pairsInBlock: 50, falseAlarm: 0.01, random: seeded(1) })
const isFound = (pairs: readonly Pair[]): boolean => judge(pairs, settings()).some(({ found }) => found)

const seeds = Array.from({ length: 100 }, (_, index) => 1000 + index)

describe('the comparison of two kinds of answers', () => {
  it('reports a difference that is not there about as seldom as it promises', () => {
    // One in a hundred is promised; five or more would come by chance in less than one run of two hundred.
    expect(seeds.filter((seed) => isFound(answers(seed))).length).toBeLessThan(5)
  })

  it('finds a difference of the size that it says it would find, nearly always', () => {
    const { foundFrom } = compare(answers(1), settings())
    const missed = seeds.filter((seed) => !isFound(answers(seed, { slower: () => foundFrom })))
    expect(missed.length).toBeLessThanOrEqual(10)
  })

  it('says how much slower the other kind is, and sees far below the noise', () => {
    const { difference, foundFrom, found } = compare(answers(2, { slower: () => 4 }), settings())
    expect(found).toBe(true)
    expect(difference).toBeCloseTo(4, 0)
    expect(foundFrom).toBeLessThan(3)
  })

  it('finds a difference that only one answer in six has, among the slow ones', () => {
    const seldom = answers(3, { slower: (random) => (random() < 1 / 6 ? 200 : 0) })
    const [fast, , slow] = judge(seldom, settings())
    expect(slow?.found).toBe(true)
    expect(slow?.difference).toBeGreaterThan(20 * (fast?.difference ?? Number.NaN))
  })

  it('does not take a machine that slows down for a difference', () => {
    expect(isFound(answers(4).map(([one, other], index) => [one + index, other + index]))).toBe(false)
  })

  it('cannot see small things with few pairs, and says so', () => {
    const [few, many] = [2000, 16_000].map((pairs) => compare(answers(5, { pairs }), settings()).foundFrom)
    expect(few).toBeGreaterThan((many ?? Number.NaN) * 1.5)
  })

  it('says nothing at all about too few pairs', () => {
    expect(() => judge(answers(6, { pairs: 1999 }), settings())).toThrow('too few')
  })
})
