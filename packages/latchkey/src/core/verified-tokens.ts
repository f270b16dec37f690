// Remembers what verified tokens say, so that a signature is checked once however often its token comes. One Map of
// bounded size (I7); when it is full, the oldest entry goes unless it was asked for since it was last passed over. So
// what is in use stays, and as many tokens as fit are all found, in whatever order they come.
//
// Found by the token's last characters, which are signature and as good as random, because to hash all of a token
// takes longer than everything else here; believed only where the whole token is the same.

interface Entry<Value> {
  readonly token: string
  readonly value: Value
  used: boolean
}

/** 132 bits of the signature. */
const tailCharacters = 22

export class VerifiedTokens<Value> {
  readonly #max: number
  readonly #entries = new Map<string, Entry<Value>>()

  constructor(max: number) {
    this.#max = max
  }

  get(token: string): Value | undefined {
    const entry = this.#entries.get(token.slice(-tailCharacters))
    if (entry === undefined || entry.token !== token) return undefined
    entry.used = true
    return entry.value
  }

  set(token: string, value: Value): void {
    if (this.#max === 0) return
    const tail = token.slice(-tailCharacters)
    this.#entries.delete(tail)
    if (this.#entries.size >= this.#max) this.#makeRoom()
    this.#entries.set(tail, { token, value, used: false })
  }

  // Ends: an entry that is given a second chance comes again at the end of this very walk, and has used it up.
  #makeRoom(): void {
    for (const [tail, entry] of this.#entries) {
      this.#entries.delete(tail)
      if (!entry.used) return
      entry.used = false
      this.#entries.set(tail, entry)
    }
  }
}
