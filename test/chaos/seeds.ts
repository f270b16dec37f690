// Seeds of runs that have failed before; the engine's file runs each of them first. To add one, copy the seed that the
// run printed and say what was wrong. LATCHKEY_SEED runs one seed alone.

export type EngineName = 'sqlite' | 'postgres' | 'redis' | 'sentinel' | 'cluster'

interface FoundSeed {
  readonly engine: EngineName
  readonly seed: number
  readonly found: string
}

const foundSeeds: readonly FoundSeed[] = [
  {
    engine: 'cluster',
    seed: 7,
    found: 'a node whose clock was an hour off judged proofs by it: 401 to owners, 403 to thieves, in place of 503',
  },
  {
    engine: 'sentinel',
    seed: 257489721,
    found: 'a sign-in that began while the clock was ahead and ended when it was right again: 500',
  },
]

/** How long faults go on, at least: LATCHKEY_CHAOS_SECONDS, or 35. */
export const secondsOfRun = (): number => Number(process.env['LATCHKEY_CHAOS_SECONDS'] ?? 35)

/** The seeds to run on an engine: the one that was asked for, or those that have failed before and a new one. */
export function seedsOf(name: EngineName): number[] {
  const asked = process.env['LATCHKEY_SEED']
  if (asked !== undefined) return [Number(asked)]
  const found = foundSeeds.filter(({ engine }) => engine === name)
  return [...found.map(({ seed }) => seed), Date.now() % 1_000_000_000]
}
