// rate-limiter-flexible over counters that are there already: the engine's, which all nodes share on whatever store there
// is, or a node's own. Nothing new connects anywhere, and time is the engine's (I6). Its blocks in memory stay off: they
// go by a clock of their own.

import type { RateLimiterAbstract } from 'rate-limiter-flexible'
import RateLimiterStoreAbstract from 'rate-limiter-flexible/lib/RateLimiterStoreAbstract.js'
import type { Latchkey, MarkRequest } from '../../index.ts'

/** Where counters are; `Latchkey` has them for all nodes. */
export type Counters = Pick<Latchkey, 'mark' | 'unmark' | 'now'>

export type Limiter = Pick<RateLimiterAbstract, 'consume' | 'penalty' | 'reward' | 'get' | 'set' | 'delete'>

export interface LimiterOptions {
  /** Begins the key of each counter; printable ASCII. */
  readonly name: string
  readonly points: number
  readonly seconds: number
}

type Counted = Awaited<ReturnType<Latchkey['mark']>>

/** Nodes' clocks differ, but not by so much. */
const marginMs = 60_000

interface Answer {
  readonly consumedPoints: number
  readonly remainingPoints: number
  readonly msBeforeNext: number
  readonly isFirstInDuration: boolean
}

// The names with a line before them are the package's: what every store of its own has to say.
class MarkLimiter extends RateLimiterStoreAbstract {
  readonly #counters: Counters

  constructor(counters: Counters, { name, points, seconds }: LimiterOptions) {
    super({ keyPrefix: name, points, duration: seconds, storeClient: counters })
    this.#counters = counters
  }

  _upsert(key: string, add: number, lifeMs: number, replace = false): Promise<Counted> {
    return this.#count({ key, add, lifeMs, replace })
  }

  async _get(key: string): Promise<Counted | null> {
    const counted = await this.#count({ key, add: 0, lifeMs: 1 })
    return counted.count === 0 ? null : counted
  }

  async _delete(key: string): Promise<boolean> {
    await this.#counters.unmark(key)
    return true
  }

  // What ends later than it ever may was begun by a clock that was far ahead, and would keep somebody out until then.
  async #count(request: MarkRequest): Promise<Counted> {
    const counted = await this.#counters.mark(request)
    if (counted.expiresAt <= this.#counters.now() + this.duration * 1000 + marginMs) return counted
    await this.#counters.unmark(request.key)
    return this.#counters.mark(request)
  }

  _getRateLimiterRes(_key: string, changed: number, { count, expiresAt }: Counted): Answer {
    return {
      consumedPoints: count,
      remainingPoints: Math.max(0, this.points - count),
      msBeforeNext: Math.max(0, expiresAt - this.#counters.now()),
      isFirstInDuration: count === changed,
    }
  }
}

/** A limiter of so many points within so many seconds. Its methods reject with `store_unavailable` where the counters do. */
export const createLimiter = (counters: Counters, options: LimiterOptions): Limiter =>
  new MarkLimiter(counters, options)

/** Takes one point; the milliseconds to wait where none is left, and 0 where one was. `seconds`: the life of what begins. */
export async function take(limiter: Limiter, key: string, seconds?: number): Promise<number> {
  try {
    await limiter.consume(key, 1, seconds === undefined ? {} : { customDuration: seconds })
    return 0
  } catch (refused) {
    // What the package throws where nothing is left is no error.
    if (refused instanceof Error) throw refused
    return Math.max(1, (refused as Answer).msBeforeNext)
  }
}
