// Apart from delayed.ts, which changes the process that loads it.

/** The request's header that asks for a delay, in nanoseconds. */
export const delayHeader = 'x-bench-delay'
