// All that the core wants from the world besides its store (I1). The real ones are in ../system.ts; tests bring a
// clock that they set themselves.

export interface Ports {
  /** Now, in integer epoch milliseconds. */
  readonly now: () => number
  /** Bytes from a cryptographic source. */
  readonly random: (bytes: number) => Buffer
  /** Calls once after `ms`, without keeping the process alive; returns the way to call it off. */
  readonly after: (ms: number, call: () => void) => () => void
}
