// What this node knows of lately revoked sessions, asked on every request, so that sign-out kills access tokens at
// once without a look-up. An entry is kept until no access token of its session can be alive. A full set forgets
// nothing: it says `unknown` for what it does not hold, and the engine asks the store instead (I7, I10).

import type { Revocation } from './store.ts'

export class Revocations {
  readonly #entries = new Map<string, number>()
  readonly #capacity: number
  /** While this lies ahead, entries may be missing. */
  #saturatedUntil = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#entries.size
  }

  /** Takes an entry in; `keepUntil` is the instant at which no access token of the session can be alive. */
  add({ publicId }: Revocation, keepUntil: number): void {
    if (this.#entries.has(publicId)) return
    if (this.#entries.size >= this.#capacity) {
      this.#saturatedUntil = Math.max(this.#saturatedUntil, keepUntil)
      return
    }
    this.#entries.set(publicId, keepUntil)
  }

  /** Whether the session was revoked, as far as this node can know without asking. */
  judge(publicId: string, now: number): 'live' | 'revoked' | 'unknown' {
    if (this.#entries.has(publicId)) return 'revoked'
    return now < this.#saturatedUntil ? 'unknown' : 'live'
  }

  /** Forgets what no access token can need any more. */
  prune(now: number): void {
    for (const [publicId, keepUntil] of this.#entries) {
      if (keepUntil <= now) this.#entries.delete(publicId)
    }
  }
}
