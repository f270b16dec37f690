// Seeds of batches that once broke a rule, with what it was. They are replayed before anything new is tried.

export const foundSeeds: readonly { readonly seed: number; readonly was: string }[] = [
  // Node itself: a pipelined request with `Expect: 100-continue` got `100 Continue` between the head and the body of its answer.
  { seed: 20_256_124, was: 'answers that were read wrongly from one on' },
]

/** Where a run begins, unless LATCHKEY_SEED says otherwise. */
export const firstSeed = 20_261_121
