// The rank test behind `npm run bench -- --only=timing`, against figures that were worked out elsewhere. The mistake it
// prevents: a statistic with a slip in it, which finds nothing because it can find nothing.

import { describe, expect, it } from 'vitest'
import { criticalZ, middleOf, signedRankZ } from '../../bench/timing/signed-rank.ts'

describe('the signed-rank test', () => {
  it('agrees with a worked example: ranks 1 to 10, of which the first three are negative', () => {
    // Sum of positive ranks 49, expected 27.5, variance 10 * 11 * 21 / 24 = 96.25.
    const differences = [-1, -2, -3, 4, 5, 6, 7, 8, 9, 10]
    expect(signedRankZ(differences)).toBeCloseTo((49 - 27.5) / Math.sqrt(96.25), 10)
  })

  it('gives equal sizes the mean of their ranks, and leaves zeros out', () => {
    // Sizes 1, 1, 2: ranks 1.5, 1.5, 3; positive 4.5 of 6, expected 3, variance 3 * 4 * 7 / 24 - (8 - 2) / 48 = 3.375.
    expect(signedRankZ([0, 1, -1, 0, 2])).toBeCloseTo(1.5 / Math.sqrt(3.375), 10)
    expect(signedRankZ([0, 0])).toBe(0)
  })

  it('changes its sign with the differences, and is not moved by how wild the wildest one is', () => {
    const differences = [3, -1, 4, 1.5, -9, 2.6, 5, 35]
    expect(signedRankZ(differences.map((value) => -value))).toBeCloseTo(-signedRankZ(differences), 10)
    expect(signedRankZ([...differences.slice(0, -1), 35_000_000])).toBe(signedRankZ(differences))
  })

  it('finds the middle of differences as the median of the means of all pairs', () => {
    expect(middleOf([1, 2, 10])).toBe((2 + 5.5) / 2)
    expect(middleOf([7])).toBe(7)
    expect(() => middleOf([])).toThrow('no middle')
  })

  it('knows how far out chance goes, near and far', () => {
    expect(criticalZ(0.05)).toBeCloseTo(1.959964, 5)
    expect(criticalZ(0.001)).toBeCloseTo(3.290527, 5)
    expect(criticalZ(1e-6)).toBeCloseTo(4.891638, 5)
  })
})
