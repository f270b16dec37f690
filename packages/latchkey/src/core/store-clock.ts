// Compares this node's clock with its store's. A node whose clock is wrong would call honest tokens old and dead ones
// alive; it says 503 to everything instead, which signs nobody out (I3), until its clock is right again.

import { LatchkeyError } from './errors.ts'
import { clockToleranceMs } from './policy.ts'
import type { Ports } from './ports.ts'
import { startRounds } from './rounds.ts'
import type { StoreCall } from './store-calls.ts'
import type { Store } from './store.ts'

const lookMs = 5000
/** While the clock is wrong or in doubt, the node looks this often. */
const lookAgainMs = 1000
/** Between two of these, and between two requests, the clock moves on by so much; by much more, it has been set. */
const tickMs = 1000

export class StoreClock {
  readonly #store: Store
  readonly #call: StoreCall
  readonly #ports: Ports
  #aheadMs = 0
  /** Whether the store has a clock to compare with. */
  #compares = false
  #doubted = false
  #seenAt = 0
  #looks = 0
  #believed = 0
  #stopLookingAgain: (() => void) | undefined
  #stopped = false

  constructor(store: Store, call: StoreCall, ports: Ports) {
    this.#store = store
    this.#call = call
    this.#ports = ports
  }

  /** Begins to look every 5 seconds; returns the stop. */
  start(): () => void {
    const stops = [
      startRounds(this.#ports, lookMs, () => this.look()),
      startRounds(this.#ports, tickMs, async () => this.#watch()),
    ]
    return () => {
      this.#stopped = true
      for (const stop of stops) stop()
      this.#stopLookingAgain?.()
    }
  }

  /** Asks the store what time it is; a store without a clock of its own is always right. Rejects where it cannot be told. */
  async look(): Promise<void> {
    this.#looks += 1
    const look = this.#looks
    const before = this.#ports.now()
    const told = await this.#call((signal) => this.#store.ping(signal))
    const after = this.#ports.now()
    // What was asked later and is known already is the better knowledge.
    if (look < this.#believed) return
    const took = after - before
    if (told !== null && (took < 0 || took > clockToleranceMs)) {
      this.#lookAgain()
      throw new LatchkeyError('store_unavailable', { detail: 'the store took too long to tell the time' })
    }
    this.#believed = look
    this.#compares = told !== null
    this.#seenAt = after
    this.#doubted = false
    // It was that time at some moment between the two.
    if (told === null) this.#aheadMs = 0
    else this.#aheadMs = told < before ? before - told : Math.min(0, after - told)
    if (!this.isRight) return this.#lookAgain()
    this.#stopLookingAgain?.()
    this.#stopLookingAgain = undefined
  }

  get isRight(): boolean {
    return !this.#doubted && Math.abs(this.#aheadMs) <= clockToleranceMs
  }

  /** For logs; null while the clock is right. */
  get complaint(): string | null {
    if (this.isRight) return null
    if (this.#doubted) return "this machine's clock has been set: it is being compared with the store's"
    const side = this.#aheadMs > 0 ? 'ahead of' : 'behind'
    return `this machine's clock is ${Math.abs(this.#aheadMs)} ms ${side} the store's: set it right`
  }

  /** Throws `store_unavailable` while the clock is wrong, and from the very moment that it has been set. */
  check(): void {
    this.#watch()
    if (!this.isRight) throw new LatchkeyError('store_unavailable', { detail: this.complaint ?? '' })
  }

  // A clock that jumps is in doubt until it has been compared: an answer by a wrong one can sign honest people out.
  #watch(): void {
    if (!this.#compares) return
    const now = this.#ports.now()
    const moved = now - this.#seenAt
    this.#seenAt = now
    if (moved >= -clockToleranceMs && moved <= tickMs + clockToleranceMs) return
    this.#doubted = true
    this.look().catch(() => undefined)
    this.#lookAgain()
  }

  #lookAgain(): void {
    if (this.#stopped) return
    this.#stopLookingAgain ??= startRounds(this.#ports, lookAgainMs, () => this.look())
  }
}
