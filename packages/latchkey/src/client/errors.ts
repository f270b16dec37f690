// The one error of the client, and the closed list of what it can mean. Callers match `code`, never the class: two copies
// of a bundle would have two classes, and a page would carry what nobody asks.

export const clientErrorCodes = {
  RefreshRejected: 'the server has ended the session, or refuses to renew it; see reason',
  RefreshUnavailable: 'the session could not be renewed for now; it goes on, try later',
  Offline: 'the session could not be renewed, because the device is offline; it goes on',
  Timeout: 'the server did not answer in time; the session goes on',
  BodyNotReplayable: 'the token was refused, and the body of the request is a stream that cannot be sent again',
  SignInRefused: 'the server did not sign the user in; see status and reason',
  SignedOut: 'nobody is signed in',
  Disposed: 'the client has been disposed of',
} as const

export type ClientErrorCode = keyof typeof clientErrorCodes

/** Why a session ended, as this client knows it. */
export type EndedReason = 'signed_out' | 'expired' | 'revoked' | 'reuse_detected' | 'replaced' | 'lost'

export interface ClientErrorDetails {
  /** `RefreshRejected`: why the session is over. `SignInRefused`: the server's reason, such as `invalid` or `locked`. */
  readonly reason?: string | undefined
  /** HTTP status of the answer, where there was one. */
  readonly status?: number
  /** Seconds after which to try again, where somebody has said so. */
  readonly retryAfterSeconds?: number | undefined
  /** `BodyNotReplayable`: the answer that refused the token, unread. */
  readonly response?: Response
  readonly cause?: unknown
}

/** What every method of the client throws, beside what `fetch` itself throws. */
export interface ClientError extends Error, Omit<ClientErrorDetails, 'cause'> {
  readonly code: ClientErrorCode
}

/** Its message is its code: the list above is for people, and not in anybody's bundle. */
export const clientError = (code: ClientErrorCode, details?: ClientErrorDetails): ClientError =>
  Object.assign(new Error(code, details), details, { name: 'ClientError', code })

/** Whether this is an error of the client's, of whichever copy. Narrows `code`. */
export const isClientError = (error: unknown): error is ClientError =>
  error instanceof Error && error.name === 'ClientError' && 'code' in error
