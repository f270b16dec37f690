// Counters in this node's memory, for what is counted on every renewal: a trip to the store would double its cost.
// Bounded (I7): each new counter drops a few that are over, and beyond the bound the oldest goes, which forgives.

import type { Latchkey, Marked, MarkRequest } from '../../index.ts'
import type { Counters } from './limiter.ts'

const maxCounters = 50_000
const lookedAt = 3

export class NodeCounters implements Counters {
  readonly #counters = new Map<string, Marked>()
  readonly #clock: Pick<Latchkey, 'now'>

  constructor(clock: Pick<Latchkey, 'now'>) {
    this.#clock = clock
  }

  get size(): number {
    return this.#counters.size
  }

  now(): number {
    return this.#clock.now()
  }

  async mark({ key, add, lifeMs, replace = false }: MarkRequest): Promise<Marked> {
    const now = this.now()
    const found = this.#counters.get(key)
    const isAlive = found !== undefined && found.expiresAt > now && !replace
    const { count, expiresAt } = isAlive ? found : { count: 0, expiresAt: now + lifeMs }
    const marked = { count: Math.max(0, count + add), expiresAt }
    if (add === 0 && !replace) return marked
    if (!isAlive) this.#makeRoom(key, now)
    this.#counters.set(key, marked)
    return marked
  }

  async unmark(key: string): Promise<void> {
    this.#counters.delete(key)
  }

  // In the order in which they began, which is nearly that in which they end.
  #makeRoom(key: string, now: number): void {
    this.#counters.delete(key)
    let looked = 0
    for (const [oldest, { expiresAt }] of this.#counters) {
      const isFull = this.#counters.size >= maxCounters
      if (looked >= lookedAt && !isFull) return
      if (expiresAt > now && !isFull) return
      this.#counters.delete(oldest)
      looked += 1
    }
  }
}
