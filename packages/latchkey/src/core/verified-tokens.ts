// Remembers what verified tokens say, so that a signature is checked once however often its token comes. Two
// generations of a Map: when the young one is full it becomes the old one, and what is asked for again moves up.
// That keeps what is in use, forgets what is not, and never holds more than its bound (I7).

export class VerifiedTokens<Value> {
  readonly #half: number
  readonly #keepsOld: boolean
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  constructor(max: number) {
    this.#half = Math.min(max, Math.max(1, Math.floor(max / 2)))
    this.#keepsOld = max > 1
  }

  get(token: string): Value | undefined {
    const young = this.#young.get(token)
    if (young !== undefined) return young
    const old = this.#old.get(token)
    if (old !== undefined) this.set(token, old)
    return old
  }

  set(token: string, value: Value): void {
    if (this.#half === 0) return
    if (this.#young.size >= this.#half) {
      this.#old = this.#keepsOld ? this.#young : new Map()
      this.#young = new Map()
    }
    this.#young.set(token, value)
  }
}
