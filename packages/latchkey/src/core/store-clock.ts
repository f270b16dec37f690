// Compares this node's clock with its store's. A node whose clock is wrong would call honest tokens old and dead ones
// alive; it says 503 to everything instead, which signs nobody out (I3), until its clock is right again.

import { LatchkeyError } from './errors.ts'
import { clockToleranceMs } from './policy.ts'
import type { Ports } from './ports.ts'
import { startRounds } from './rounds.ts'
import type { StoreCall } from './store-calls.ts'
import type { Store } from './store.ts'

const lookMs = 5000
/** While the clock is wrong, the node looks this often whether it still is. */
const lookAgainMs = 1000

export class StoreClock {
  readonly #store: Store
  readonly #call: StoreCall
  readonly #ports: Ports
  #aheadMs = 0
  #stopLookingAgain: (() => void) | undefined

  constructor(store: Store, call: StoreCall, ports: Ports) {
    this.#store = store
    this.#call = call
    this.#ports = ports
  }

  /** Begins to look every 5 seconds; returns the stop. */
  start(): () => void {
    const stop = startRounds(this.#ports, lookMs, () => this.look())
    return () => {
      stop()
      this.#stopLookingAgain?.()
    }
  }

  /** Asks the store what time it is; a store without a clock of its own is always right. */
  async look(): Promise<void> {
    const before = this.#ports.now()
    const told = await this.#call((signal) => this.#store.ping(signal))
    const after = this.#ports.now()
    // It was that time at some moment between the two.
    if (told === null || after < before) this.#aheadMs = 0
    else this.#aheadMs = told < before ? before - told : Math.min(0, after - told)
    if (this.isRight) {
      this.#stopLookingAgain?.()
      this.#stopLookingAgain = undefined
    } else this.#stopLookingAgain ??= startRounds(this.#ports, lookAgainMs, () => this.look())
  }

  get isRight(): boolean {
    return Math.abs(this.#aheadMs) <= clockToleranceMs
  }

  /** For logs; null while the clock is right. */
  get complaint(): string | null {
    if (this.isRight) return null
    const side = this.#aheadMs > 0 ? 'ahead of' : 'behind'
    return `this machine's clock is ${Math.abs(this.#aheadMs)} ms ${side} the store's: set it right`
  }

  /** Throws `store_unavailable` while the clock is wrong. */
  check(): void {
    if (!this.isRight) throw new LatchkeyError('store_unavailable', { detail: this.complaint ?? '' })
  }
}
