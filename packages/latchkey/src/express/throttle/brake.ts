// Lets some wrong tries pass freely, and then one at a time, with a wait after each that doubles up to a bound. Two
// counters for each key: the tries that were looked at, and a gate that lets one through until its time is over. A try that
// the gate turns away changes neither, so that nobody can make another's wait longer by knocking at it (attack 42).

import { createLimiter, take, type Counters, type Limiter } from './limiter.ts'

const firstWaitSeconds = 1

export interface BrakeOptions {
  /** Begins the keys of its counters. */
  readonly name: string
  /** Wrong tries that cost no wait. */
  readonly tries: number
  readonly longestSeconds: number
  /** So long after the first of them, tries are forgotten. */
  readonly forgetSeconds: number
}

/** One try at one key, counted. */
export interface Entry {
  /** How long to wait, in milliseconds, where it may not be looked at and is not counted; 0 where it may. */
  readonly waitMs: number
  /** It was no wrong try. */
  readonly undo: () => Promise<void>
  /** It was right, and all before it are forgiven. */
  readonly clear: () => Promise<void>
}

const nothing = async (): Promise<void> => undefined

export class Brake {
  readonly #options: BrakeOptions
  readonly #tries: Limiter
  readonly #gate: Limiter

  constructor(counters: Counters, options: BrakeOptions) {
    this.#options = options
    const { name, tries, longestSeconds, forgetSeconds } = options
    this.#tries = createLimiter(counters, { name: `t:${name}:n`, points: tries, seconds: forgetSeconds })
    this.#gate = createLimiter(counters, { name: `t:${name}:g`, points: 1, seconds: longestSeconds })
  }

  /** For how many milliseconds the gate is still closed. Rejects with `store_unavailable`. */
  async closedMs(key: string): Promise<number> {
    return (await this.#gate.get(key))?.msBeforeNext ?? 0
  }

  /** Counts a try before anybody knows how it ends: of many at once, only so many are let through. Rejects with `store_unavailable`. */
  async enter(key: string): Promise<Entry> {
    const { consumedPoints } = await this.#tries.penalty(key)
    const uncount = async (): Promise<void> => void (await this.#tries.reward(key))
    const over = consumedPoints - this.#options.tries
    const waitMs = over > 0 ? await this.#pass(key, over, uncount) : 0
    if (waitMs > 0) return { waitMs, undo: nothing, clear: nothing }
    const open = over > 0 ? async (): Promise<void> => void (await this.#gate.delete(key)) : nothing
    const forget = async (): Promise<void> => void (await this.#tries.delete(key))
    return { waitMs, undo: () => both(uncount, open), clear: () => both(forget, open) }
  }

  // Whoever comes first closes the gate behind him.
  async #pass(key: string, over: number, uncount: () => Promise<void>): Promise<number> {
    try {
      const waitMs = await take(this.#gate, key, waitSeconds(over, this.#options.longestSeconds))
      if (waitMs > 0) await uncount()
      return waitMs
    } catch (error) {
      await uncount().catch(nothing)
      throw error
    }
  }
}

/** The wait after the n-th try too many, in seconds: 1, 2, 4 and so on, up to the longest. */
export const waitSeconds = (over: number, longest: number): number =>
  Math.min(longest, firstWaitSeconds * 2 ** Math.min(over - 1, 30))

const both = async (...acts: readonly (() => Promise<void>)[]): Promise<void> =>
  void (await Promise.all(acts.map((act) => act())))
