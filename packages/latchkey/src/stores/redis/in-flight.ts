// What a store has accepted and not yet finished; a store closes behind it, not over it.

export class InFlight {
  #count = 0
  #closed = false
  #idle: (() => void)[] = []

  get closed(): boolean {
    return this.#closed
  }

  /** Does the work; rejects without it once the store is closed. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new Error('the store is closed')
    this.#count += 1
    try {
      return await work()
    } finally {
      this.#count -= 1
      if (this.#count === 0) for (const resolve of this.#idle.splice(0)) resolve()
    }
  }

  /** Accepts nothing from now on, and resolves when all is done: true for the first who closes, false for the others. */
  async close(): Promise<boolean> {
    const first = !this.#closed
    this.#closed = true
    if (this.#count > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
    return first
  }
}
