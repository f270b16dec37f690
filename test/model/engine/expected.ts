// The small model: what sessions are, in the words of the table in docs/protocol.md and nothing else. It knows no
// tokens, no stores and no interleavings; the commands compare what the engines really say with what it expects.

export const limits = { max: 3, leewayMs: 10_000, idleMs: 7_200_000, absoluteMs: 21_600_000, retentionMs: 1_200_000 }
const nonceLifeMinutes = 20

export interface Life {
  readonly subject: string
  readonly keyed: boolean
  readonly createdAt: number
  readonly generation: number
  readonly rotatedAt: number
  readonly endedAt: number | null
}

export type Proof = 'none' | 'wrong' | 'right'

/** Sessions have the numbers in which they began. */
export class Expected {
  now = 1_700_000_000_000
  begun = 0
  #lives = new Map<number, Life>()
  #notBefore = new Map<string, number>()
  #kept: [Map<number, Life>, Map<string, number>] | undefined

  signIn(subject: string, keyed: boolean, authTime: number): 'ok' | 'session_ended' {
    const number = this.begun++
    if (authTime <= (this.#notBefore.get(subject) ?? -1)) return 'session_ended'
    for (const oldest of this.live(subject).slice(limits.max - 1)) this.end(oldest)
    const life = { subject, keyed, createdAt: this.now, generation: 1, rotatedAt: this.now, endedAt: null }
    this.#lives.set(number, life)
    return 'ok'
  }

  /** The generation of the token that comes back, or the code of the refusal. */
  refresh(number: number, keyed: boolean, generation: number, proof: Proof, nonceMs: number): number | string {
    if (keyed && proof !== 'right') return 'proof_refused'
    if (keyed && Math.floor(this.now / 60_000) - Math.floor(nonceMs / 60_000) > nonceLifeMinutes) return 'nonce_stale'
    const life = this.#lives.get(number)
    if (life === undefined || life.endedAt !== null) return 'session_ended'
    if (this.now >= this.#expiresAt(life)) return 'token_expired'
    if (generation >= life.generation) return this.#moved(number, life, generation + 1)
    const inLeeway = generation === life.generation - 1 && this.now - life.rotatedAt <= limits.leewayMs
    if (keyed || inLeeway) return life.generation
    this.end(number)
    return 'token_reused'
  }

  /** Whether there was something to end. A session past its time can still be ended. */
  end(number: number): boolean {
    const life = this.#lives.get(number)
    if (life === undefined || life.endedAt !== null) return false
    this.#lives.set(number, { ...life, endedAt: this.now })
    return true
  }

  isLive = (number: number): boolean => this.live(this.#lives.get(number)?.subject ?? '').includes(number)

  /** Ends those past their time too, but counts the living. */
  endAll(subject: string): number {
    const lived = this.live(subject).length
    this.#notBefore.set(subject, this.now)
    for (const [number, life] of this.#lives) if (life.subject === subject) this.end(number)
    return lived
  }

  sweep(): number {
    const before = this.now - limits.retentionMs
    for (const [subject, at] of this.#notBefore) if (at < before) this.#notBefore.delete(subject)
    const dead = [...this.#lives].filter(
      ([, life]) => Math.min(life.endedAt ?? Infinity, this.#expiresAt(life)) < before,
    )
    return dead.filter(([number]) => this.#lives.delete(number)).length
  }

  /** The numbers of a subject's live sessions, the newest first. */
  live(subject: string): number[] {
    const alive = (life: Life): boolean => life.endedAt === null && this.now < this.#expiresAt(life)
    return [...this.#lives]
      .filter(([, life]) => life.subject === subject && alive(life))
      .map(([number]) => number)
      .toReversed()
  }

  generationOf = (number: number): number | undefined => this.#lives.get(number)?.generation
  isKept = (): boolean => this.#kept !== undefined

  keep(): void {
    this.#kept = [new Map(this.#lives), new Map(this.#notBefore)]
  }

  restore(): void {
    const [lives, notBefore] = this.#kept ?? []
    this.#lives = new Map(lives)
    this.#notBefore = new Map(notBefore)
  }

  #moved(number: number, life: Life, generation: number): number {
    this.#lives.set(number, { ...life, generation, rotatedAt: this.now })
    return generation
  }

  #expiresAt = (life: Life): number => Math.min(life.rotatedAt + limits.idleMs, life.createdAt + limits.absoluteMs)
}
