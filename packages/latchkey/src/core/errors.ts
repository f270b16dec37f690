// The registry of everything that Latchkey can refuse, and the four kinds of failure, never mixed: misuse (the
// programmer's, at construction or call), refusal and outage (one class, told apart by code), bug (anything else).
// The words here are public; what happened in detail stays in `detail`, which is never serialised (I4, I8).

/** Every refusal and outage, with the sentence that may be shown to anyone. Statuses: express/statuses.ts. */
export const errorCodes = {
  token_missing: 'No refresh token was sent.',
  token_invalid: 'The refresh token is not one of ours, or did not come the way it was given out.',
  token_expired: 'The session of this refresh token has reached the end of its life.',
  session_ended: 'The session of this token has ended.',
  token_reused: 'This refresh token was used before. The session has been ended.',
  proof_refused: 'The session asks for a proof of its session key, and the proof is missing or wrong.',
  nonce_stale: 'The proof was made with a nonce that is too old. Try once more with the new one.',
  renewal_refused: 'The application refused to renew this session. It has been ended.',
  access_missing: 'No access token was sent.',
  access_invalid: 'The access token is not valid here.',
  access_expired: 'The access token has expired.',
  access_ended: 'The session of this access token has ended.',
  scope_insufficient: 'The access token does not have the scope that this asks for.',
  step_up_required: 'This asks for a newer or stronger sign-in.',
  dpop_invalid: 'The DPoP proof is missing or wrong, or was used before.',
  dpop_nonce_stale: 'The DPoP proof has no nonce of ours, or one that is too old. Try once more with the new one.',
  origin_refused: 'The request did not come from a page that may send it.',
  client_refused: 'The client is unknown, or did not prove who it is.',
  client_unauthorized: 'The client may not do this.',
  grant_unsupported: 'There is no such grant type here.',
  scope_refused: 'The scope is malformed, or more than the session has.',
  credentials_refused: 'The credentials are wrong.',
  sessions_full: 'This user has as many sessions as allowed.',
  throttled: 'Too many tries. Wait a little.',
  request_malformed: 'The request is not what this route takes.',
  request_too_large: 'The request body is too large.',
  media_type_unsupported: 'The request body has a media type or coding that this route does not take.',
  method_not_allowed: 'This route does not take that method.',
  not_found: 'There is nothing here.',
  overloaded: 'The server is busy. Nothing has changed; try again soon.',
  store_unavailable: 'The session store cannot be reached. Nothing was decided; try again soon.',
  internal: 'Something went wrong on our side.',
} as const

/** The code of a refusal or an outage. */
export type ErrorCode = keyof typeof errorCodes

export interface LatchkeyErrorOptions {
  /** What happened, for logs; never sent to anyone. Must not hold a token. */
  readonly detail?: string
  /** A fresh nonce for the client to try again with (`nonce_stale` only). */
  readonly nonce?: string
  /** The same for DPoP (RFC 9449 s8). */
  readonly dpopNonce?: string
  /** What WWW-Authenticate says beside scheme and error, such as `max_age`. */
  readonly challenge?: Readonly<Record<string, string>>
  /** Seconds after which a new try makes sense; 1 for what passes by itself, where nothing is said. */
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

/** What passes by itself, and after how many seconds a new try makes sense where nobody says otherwise. */
const passing: ReadonlySet<ErrorCode> = new Set(['throttled', 'overloaded', 'store_unavailable'])
const defaultRetryAfterSeconds = 1

const brand = Symbol.for('latchkey.error')

/** A refusal or an outage. `message` is public; `detail` and `cause` are for logs and are not enumerable. */
export class LatchkeyError extends Error {
  override readonly name = 'LatchkeyError'
  readonly code: ErrorCode
  readonly nonce: string | undefined
  readonly dpopNonce: string | undefined
  readonly challenge: Readonly<Record<string, string>>
  readonly retryAfterSeconds: number | undefined
  declare readonly detail: string | undefined

  constructor(code: ErrorCode, options: LatchkeyErrorOptions = {}) {
    super(errorCodes[code], options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.nonce = options.nonce
    this.dpopNonce = options.dpopNonce
    this.challenge = options.challenge ?? {}
    this.retryAfterSeconds = options.retryAfterSeconds ?? (passing.has(code) ? defaultRetryAfterSeconds : undefined)
    Object.defineProperty(this, 'detail', { value: options.detail, enumerable: false })
    Object.defineProperty(this, brand, { value: true, enumerable: false })
  }
}

/** Whether this is a refusal or an outage of Latchkey; by a brand, so that two copies of the package agree. */
export function isLatchkeyError(error: unknown): error is LatchkeyError {
  return typeof error === 'object' && error !== null && Object.hasOwn(error, brand)
}

/** What a programmer or an operator must mend before anything can work. */
export type MisuseCode =
  | 'option_invalid'
  | 'argument_invalid'
  | 'keys_invalid'
  | 'keys_mismatch'
  | 'store_newer'
  | 'store_foreign'

/** Thrown at construction or call, never as the answer to a request. The message names what to mend. */
export class MisuseError extends TypeError {
  override readonly name = 'MisuseError'
  readonly code: MisuseCode

  constructor(code: MisuseCode, message: string) {
    super(message)
    this.code = code
  }
}
