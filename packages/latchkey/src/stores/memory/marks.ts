// The short-lived counters of the store in memory. Each write looks at the few that were looked at longest ago and drops
// those that are over, so that what is kept follows what is alive; beyond that there is a bound (I7).

import type { Mark, Marked } from '../../core/store.ts'

const lookedAt = 3
const maxMarks = 100_000

export class MemoryMarks {
  /** Those that were looked at longest ago come first. */
  readonly #marks = new Map<string, Marked>()

  mark({ key, add, at, expiresAt, replace }: Mark): Marked {
    const found = this.#marks.get(key)
    const alive = found !== undefined && found.expiresAt > at && !replace ? found : { count: 0, expiresAt }
    if (add === 0 && !replace) return alive
    const marked = { count: Math.max(0, alive.count + add), expiresAt: alive.expiresAt }
    this.#look(at)
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
    if (this.#marks.size < maxMarks) return
    for (const [key] of first(lookedAt, this.#marks)) this.#marks.delete(key)
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
