// Whether two kinds of requests can be told apart by how long their answers take, and how small a difference would have
// been found. Requests come in pairs, one of each kind, in random order, so that whatever else the machine does falls on
// both. Pairs are cut into blocks; in each block a few quantiles are compared, and the blocks' differences are judged by
// their signed ranks. An attacker has the same choice of statistics, and no better one for times that only noise adds to.

import { criticalZ, middleOf, signedRankZ } from './signed-rank.ts'

/** Two answers, in microseconds, whose requests were sent one after the other. */
export type Pair = readonly [one: number, other: number]

export interface Settings {
  readonly pairsInBlock: number
  /** The chance that a comparison reports a difference that is not there, all its quantiles together. */
  readonly falseAlarm: number
  /** Uniform from 0 to 1. */
  readonly random: () => number
}

export interface Quantile {
  readonly quantile: number
  /** How much slower the other kind is, in microseconds. */
  readonly difference: number
  readonly found: boolean
  /** The differences of the blocks, from which the rest was made. */
  readonly differences: readonly number[]
}

export interface Comparison {
  readonly pairs: number
  readonly quantiles: readonly Quantile[]
  /** In any of its quantiles. */
  readonly found: boolean
  /** The difference in the quantile that sees best, in microseconds. */
  readonly difference: number
  /** A difference of so many microseconds is found with a probability of at least 0.95, in that quantile alone. */
  readonly foundFrom: number
}

/** The fast answers, which noise touches least; the middle; and the slow ones, where rare extra work shows. */
const shares: readonly number[] = [0.1, 0.5, 0.9]

const power = 0.95
const trials = 300
/** Fewer blocks say nothing. */
export const minBlocks = 40

/** Compares two kinds, and finds out how well it could have. Throws where there are too few pairs to say anything. */
export function compare(pairs: readonly Pair[], settings: Settings): Comparison {
  const judged = judge(pairs, settings)
  const critical = criticalOf(settings)
  const [best] = judged
    .map(({ difference, differences }) => ({
      difference,
      foundFrom: detectable(differences, critical, settings.random),
    }))
    .toSorted((one, other) => one.foundFrom - other.foundFrom)
  const { difference = Number.NaN, foundFrom = Number.NaN } = best ?? {}
  return { pairs: pairs.length, quantiles: judged, found: judged.some(({ found }) => found), difference, foundFrom }
}

/** Compares two kinds in each quantile. Throws where there are too few pairs to say anything. */
export function judge(pairs: readonly Pair[], settings: Settings): Quantile[] {
  const blocks = blocksOf(pairs, settings.pairsInBlock)
  if (blocks.length < minBlocks) throw new Error(`${blocks.length} blocks are too few, ${minBlocks} the least`)
  const critical = criticalOf(settings)
  return shares.map((quantile) => {
    const differences = blocks.map((block) => differenceIn(block, quantile))
    const found = Math.abs(signedRankZ(differences)) > critical
    return { quantile, difference: middleOf(differences), found, differences }
  })
}

const criticalOf = ({ falseAlarm }: Settings): number => criticalZ(falseAlarm / shares.length)

function blocksOf(pairs: readonly Pair[], length: number): Pair[][] {
  const count = Math.floor(pairs.length / length)
  return Array.from({ length: count }, (_, index) => pairs.slice(index * length, (index + 1) * length))
}

const differenceIn = (block: readonly Pair[], quantile: number): number =>
  quantileOf(
    block.map(([, other]) => other),
    quantile,
  ) -
  quantileOf(
    block.map(([one]) => one),
    quantile,
  )

function quantileOf(values: readonly number[], quantile: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  const at = quantile * (sorted.length - 1)
  const below = sorted[Math.floor(at)] ?? Number.NaN
  return below + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? below) - below)
}

// The differences without what they have in common are the noise. To them is added what an answer slower by so much would
// add (it moves every quantile by as much), and it is counted how often that is found: the least that is found often enough.
function detectable(differences: readonly number[], critical: number, random: () => number): number {
  const middle = middleOf(differences)
  const noise = differences.map((value) => value - middle)
  const size = quantileOf(noise.map(Math.abs), 0.5) || 1e-3
  let [low, high] = [0, size]
  while (shareFound(noise, high, critical, random) < power && high < 1e9) [low, high] = [high, high * 2]
  while (high - low > high / 64) {
    const half = (low + high) / 2
    if (shareFound(noise, half, critical, random) < power) low = half
    else high = half
  }
  return high
}

function shareFound(noise: readonly number[], added: number, critical: number, random: () => number): number {
  let found = 0
  for (let trial = 0; trial < trials; trial += 1) {
    const drawn = noise.map(() => {
      const value = noise[Math.floor(random() * noise.length)] ?? 0
      return (random() < 0.5 ? value : -value) + added
    })
    if (signedRankZ(drawn) > critical) found += 1
  }
  return found / trials
}
