// The record of one run: every request and what came of it, every fault and how long it lasted, in the order of asking,
// append-only. The checker judges by this and nothing else, so it holds what a client saw and when, on a clock that
// nobody shifts; tokens only as hashes, so that a record may be kept and shown (I4).

import { createHash } from 'node:crypto'
import { generationOf, sidOf } from '../helpers/requests.ts'

type Who = 'owner' | 'thief'
export type Kind = 'keyed' | 'plain'
type Route = 'login' | 'renew' | 'me' | 'logout'

/** A refresh token, as far as a record may know it. */
export interface TokenMark {
  /** Of the session's inner id. */
  readonly session: string
  readonly generation: number
  readonly hash: string
}

/** One request. Times are in milliseconds since the run began. */
export interface Exchange {
  readonly who: Who
  readonly kind: Kind
  readonly route: Route
  readonly node: number
  readonly session: string | null
  readonly presented: TokenMark | null
  /** Of an access token: when the request that brought it was sent; it cannot be older than that. */
  readonly accessSince: number | null
  readonly sentAt: number
  /** When the answer was there, or when the client gave up or lost it. */
  readonly endedAt: number
  /** Null where no answer came. */
  readonly status: number | null
  /** What the problem says, where there is one. */
  readonly reason: string | null
  readonly got: TokenMark | null
}

/** One fault. `untilAt` is when the tampering was over; what it broke may take longer to come back. */
export interface Fault {
  readonly what: string
  readonly fromAt: number
  readonly untilAt: number
  /** The node that it hit; null where it hit the store, or all. */
  readonly node: number | null
  /** While its clock was wrong, a node may say 503 and nothing else. */
  readonly clockWrong: boolean
  /** Rotations acknowledged since then may be gone from the store; null where it can have lost none. */
  readonly losesSinceAt: number | null
}

const hashed = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16)

export const markOf = (refreshToken: string): TokenMark => ({
  session: hashed(sidOf(refreshToken)),
  generation: generationOf(refreshToken),
  hash: hashed(refreshToken),
})

export class History {
  readonly #beganAt = performance.now()
  readonly #exchanges: Exchange[] = []
  readonly #faults: Fault[] = []

  /** Milliseconds since the run began. */
  now(): number {
    return performance.now() - this.#beganAt
  }

  note(exchange: Exchange): void {
    this.#exchanges.push(exchange)
  }

  noteFault(fault: Fault): void {
    this.#faults.push(fault)
  }

  get exchanges(): readonly Exchange[] {
    return this.#exchanges
  }

  get faults(): readonly Fault[] {
    return this.#faults
  }
}
