// The few figures that the benchmark makes of its rounds: medians and ranges, and how they are written down.
// Nothing is averaged and no round is thrown away; what was disturbed is marked instead (http-rounds.ts).

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length >> 1
  const upper = sorted[middle]
  if (upper === undefined) throw new Error('there is no median of nothing')
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

/** A number for people: thousands separated, and no more digits than mean anything. */
export function written(value: number): string {
  const size = Math.abs(value)
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

export const range = (values: readonly number[]): string =>
  values.length < 2 ? '' : `${written(Math.min(...values))}–${written(Math.max(...values))}`

export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** Microseconds, in the unit that reads best. */
export const micros = (value: number): string =>
  value >= 10_000 ? `${written(value / 1000)} ms` : `${written(value)} µs`
