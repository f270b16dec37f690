// Runs that have failed before, as fast-check reported them; commands.test.ts makes each of them again, first. To add
// one, copy seed, path and replayPath from the failure's message, and say what was wrong.

export interface Seed {
  readonly store: 'memory' | 'sqlite' | 'postgres' | 'redis' | 'cluster'
  readonly seed: number
  readonly path: string
  readonly replayPath: string
  readonly found: string
}

export const seeds: readonly Seed[] = []
