// The short-lived counters of the store in memory. Each write looks at the few that were looked at longest ago and drops
// those that are over, so that what is kept follows what is alive. Beyond a bound (I7) it counts nothing new rather than
// forget what is alive: a DPoP proof that was forgotten would be good a second time.

import type { Mark, Marked } from '../../core/store.ts'

const lookedAt = 3

export class MemoryMarks {
  /** Those that were looked at longest ago come first. */
  readonly #marks = new Map<string, Marked>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  mark({ key, add, at, expiresAt, replace }: Mark): Marked {
    const found = this.#marks.get(key)
    const alive = found !== undefined && found.expiresAt > at && !replace ? found : { count: 0, expiresAt }
    if (add === 0 && !replace) return alive
    const marked = { count: Math.max(0, alive.count + add), expiresAt: alive.expiresAt }
    this.#look(at)
    this.#makeRoom(key, at)
    this.#marks.delete(key)
    this.#marks.set(key, marked)
    return marked
  }

  unmark(key: string): void {
    this.#marks.delete(key)
  }

  #look(at: number): void {
    for (const [key, mark] of first(lookedAt, this.#marks)) {
      this.#marks.delete(key)
      if (mark.expiresAt > at) this.#marks.set(key, mark)
    }
  }

  #makeRoom(key: string, at: number): void {
    if (this.#marks.size < this.#max || this.#marks.has(key)) return
    for (const [other, mark] of this.#marks) if (mark.expiresAt <= at) this.#marks.delete(other)
    if (this.#marks.size >= this.#max) throw new Error(`the memory store counts ${this.#max} things already`)
  }
}

function first<Item>(count: number, items: Iterable<Item>): Item[] {
  const taken: Item[] = []
  for (const item of items) {
    if (taken.length >= count) break
    taken.push(item)
  }
  return taken
}
