// Remembers what verified tokens say, so that a signature is checked once however often its token comes. One Map of
// bounded size (I7); when it is full, the oldest entry goes unless it was asked for since it was last passed over. So
// what is in use stays, and as many tokens as fit are all found, in whatever order they come.

interface Entry<Value> {
  value: Value
  used: boolean
}

export class VerifiedTokens<Value> {
  readonly #max: number
  readonly #entries = new Map<string, Entry<Value>>()

  constructor(max: number) {
    this.#max = max
  }

  get(token: string): Value | undefined {
    const entry = this.#entries.get(token)
    if (entry === undefined) return undefined
    entry.used = true
    return entry.value
  }

  set(token: string, value: Value): void {
    if (this.#max === 0) return
    this.#entries.delete(token)
    if (this.#entries.size >= this.#max) this.#makeRoom()
    this.#entries.set(token, { value, used: false })
  }

  // Ends: an entry that is given a second chance comes again at the end of this very walk, and has used it up.
  #makeRoom(): void {
    for (const [token, entry] of this.#entries) {
      this.#entries.delete(token)
      if (!entry.used) return
      entry.used = false
      this.#entries.set(token, entry)
    }
  }
}
