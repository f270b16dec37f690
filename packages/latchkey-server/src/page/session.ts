// What the page holds of its session: in memory, and nowhere else. Reload the page, and it is gone.
// The only place that says which answer means what: an outage never ends the session (I3), and a late answer
// with an older generation never replaces a newer one.
import type { Answer } from './exchange.ts'
import { decodeRefreshToken } from './refresh-token.ts'

type SessionState = 'signed out' | 'signed in' | 'session ended' | 'server unavailable'

interface AccessToken {
  readonly text: string
  readonly receivedAtMs: number
  readonly lifeSeconds: number
}

export interface EarlierToken {
  readonly generation: number
  readonly text: string
}

export interface Held {
  readonly user: string
  /** Undefined: a plain session. */
  readonly key: CryptoKey | undefined
  readonly nonce: string | undefined
  /** Undefined: thrown away. */
  readonly access: AccessToken | undefined
  readonly refreshToken: string
  readonly generation: number
  readonly rotatedAtMs: number | undefined
  /** Newest first, kept for replaying only: a real client forgets them. */
  readonly earlier: readonly EarlierToken[]
}

/** What an answer to POST /token meant: `again` is the current token once more, `refused` leaves the session alive. */
type Settled = 'rotated' | 'again' | 'ended' | 'refused' | 'unavailable'

const EARLIER_LIMIT = 12
const ENDING: ReadonlySet<string> = new Set(['expired', 'ended', 'reuse', 'invalid'])

export class Session {
  #phase: Exclude<SessionState, 'server unavailable'> = 'signed out'
  #unavailable = false
  #held: Held | undefined
  #cause = ''
  #quietUntilMs = 0
  readonly #listeners: (() => void)[] = []

  get state(): SessionState {
    return this.#unavailable ? 'server unavailable' : this.#phase
  }

  /** False as soon as the server has said that the session is over, whether or not it can be reached now. */
  get alive(): boolean {
    return this.#phase === 'signed in'
  }

  get held(): Held | undefined {
    return this.#held
  }

  /** Why the session ended: the refusal's reason, or `revoked` when its owner ended it from the list. */
  get cause(): string {
    return this.#cause
  }

  /** By performance.now(): the server has asked for quiet until then (Retry-After). */
  get quietUntilMs(): number {
    return this.#quietUntilMs
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  begin(answer: Answer, user: string, key: CryptoKey | undefined): boolean {
    const tokens = readTokens(answer)
    if (!tokens) return false
    this.#held = { user, key, nonce: answer.nonce, ...tokens, rotatedAtMs: undefined, earlier: [] }
    this.#become('signed in')
    return true
  }

  /** Takes note of any answer: whether the server can be reached, and the newest nonce. */
  hear(answer: Answer): void {
    this.#unavailable = isOutage(answer)
    this.#quietUntilMs = answer.receivedAtMs + 1000 * (answer.retryAfterSeconds ?? 0)
    if (this.#held && answer.nonce) this.#held = { ...this.#held, nonce: answer.nonce }
    this.#changed()
  }

  /** Acts on an answer to POST /token. */
  settle(answer: Answer): Settled {
    this.hear(answer)
    const tokens = readTokens(answer)
    if (tokens && this.#held && this.alive) return this.#adopt(this.#held, tokens, answer.receivedAtMs)
    if ((answer.status === 401 || answer.status === 403) && ENDING.has(reasonOf(answer))) {
      this.end(reasonOf(answer))
      return 'ended'
    }
    return isOutage(answer) || answer.status === 200 ? 'unavailable' : 'refused'
  }

  end(cause: string): void {
    // The first cause stays: every later refusal says no more than "ended".
    if (this.alive) this.#cause = cause
    this.#become('session ended')
  }

  forget(): void {
    this.#held = undefined
    this.#become('signed out')
  }

  /** Replaces the access token, or throws it away. */
  setAccess(access: AccessToken | undefined): void {
    if (this.#held) this.#held = { ...this.#held, access }
    this.#changed()
  }

  #adopt(held: Held, tokens: Tokens, receivedAtMs: number): Settled {
    if (tokens.generation < held.generation) return 'again'
    if (tokens.generation === held.generation) {
      this.setAccess(tokens.access)
      return 'again'
    }
    const old: EarlierToken = { generation: held.generation, text: held.refreshToken }
    this.#held = {
      ...held,
      ...tokens,
      rotatedAtMs: receivedAtMs,
      earlier: [old, ...held.earlier].slice(0, EARLIER_LIMIT),
    }
    this.#changed()
    return 'rotated'
  }

  #become(phase: Exclude<SessionState, 'server unavailable'>): void {
    this.#phase = phase
    if (phase !== 'session ended') this.#cause = ''
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

type Tokens = Pick<Held, 'refreshToken' | 'generation'> & { readonly access: AccessToken }

/** Undefined: the answer does not carry what was agreed, for instance a captive portal's page with status 200. */
function readTokens({ status, body, receivedAtMs }: Answer): Tokens | undefined {
  const { accessToken, refreshToken, expiresIn } = body
  if (status !== 200 || typeof accessToken !== 'string' || typeof refreshToken !== 'string') return undefined
  const generation = decodeRefreshToken(refreshToken)?.generation
  if (generation === undefined || typeof expiresIn !== 'number') return undefined
  return { refreshToken, generation, access: { text: accessToken, receivedAtMs, lifeSeconds: expiresIn } }
}

export function isOutage({ status }: Answer): boolean {
  return status === 0 || status >= 500
}

/** The `reason` member of a refusal, or nothing. */
export function reasonOf({ body: { reason } }: Answer): string {
  return typeof reason === 'string' ? reason : ''
}

/** Seconds until an access token runs out; never below 0. */
export function secondsLeft(access: AccessToken): number {
  return Math.max(0, access.lifeSeconds - (performance.now() - access.receivedAtMs) / 1000)
}
