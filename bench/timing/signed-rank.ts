// Wilcoxon's signed-rank test and the estimate that belongs to it (Hodges and Lehmann). It asks nothing of the shape of
// the noise but symmetry, which pairs sent in random order have by design, and a few wild values cannot move it.

/** How far the ranks of the positive differences are from chance, in standard deviations; 0 where all are zero. */
export function signedRankZ(differences: readonly number[]): number {
  const sorted = differences.filter((value) => value !== 0).sort((one, other) => Math.abs(one) - Math.abs(other))
  const count = sorted.length
  if (count === 0) return 0
  let positive = 0
  let ties = 0
  for (let from = 0; from < count;) {
    let to = from + 1
    while (to < count && Math.abs(sorted[to] ?? 0) === Math.abs(sorted[from] ?? 0)) to += 1
    // Equal sizes share the mean of their ranks.
    const rank = (from + 1 + to) / 2
    for (let index = from; index < to; index += 1) if ((sorted[index] ?? 0) > 0) positive += rank
    ties += (to - from) ** 3 - (to - from)
    from = to
  }
  const variance = (count * (count + 1) * (2 * count + 1)) / 24 - ties / 48
  return (positive - (count * (count + 1)) / 4) / Math.sqrt(variance)
}

/** The median of the means of all pairs: where the middle of the differences is. */
export function middleOf(differences: readonly number[]): number {
  const means = differences.flatMap((one, index) => differences.slice(index).map((other) => (one + other) / 2))
  means.sort((one, other) => one - other)
  const half = means.length >> 1
  const upper = means[half]
  if (upper === undefined) throw new Error('there is no middle of nothing')
  return means.length % 2 === 1 ? upper : ((means[half - 1] ?? upper) + upper) / 2
}

/** How many standard deviations leave this much outside, on both sides together. */
export function criticalZ(outside: number): number {
  let [low, high] = [0, 10]
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (tails(middle) > outside) low = middle
    else high = middle
  }
  return high
}

// 1 - erf(z / sqrt 2), by the continued fraction where it converges well and the series where that does.
function tails(z: number): number {
  const x = z / Math.SQRT2
  if (x < 2) {
    let term = x
    let sum = x
    for (let n = 1; n < 80; n += 1) {
      term *= -(x * x) / n
      sum += term / (2 * n + 1)
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = x
  for (let n = 60; n > 0; n -= 1) fraction = x + n / 2 / fraction
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction)
}
