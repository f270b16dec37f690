// What the OAuth dialect says of each code of core/errors.ts (RFC 6749 s5.2): the one table of its statuses and errors.
// All refresh tokens that are refused get the same body, whatever was wrong with them; what it was, the events tell.

import type { ErrorCode } from '../../index.ts'
import type { phrases } from '../statuses.ts'

/** The errors, each with the one sentence that describes it: ASCII without quotes and backslashes (RFC 6749 s5.2). */
export const oauthErrors = {
  invalid_request: 'The request is not what this endpoint takes.',
  invalid_client: 'The client is unknown, or did not prove who it is.',
  invalid_grant: 'The refresh token is not good, or not for this client.',
  unauthorized_client: 'The client may not do this.',
  unsupported_grant_type: 'The one grant type here is refresh_token.',
  invalid_scope: 'The scope is malformed, or more than was granted.',
  invalid_token: 'The access token is not good.',
  insufficient_scope: 'The access token does not have the scope that this asks for.',
  insufficient_user_authentication: 'This asks for a newer or stronger sign-in.',
  access_denied: 'The request is refused.',
  use_latchkey_nonce: 'The proof needs a newer nonce: that of the header Latchkey-Nonce.',
  use_dpop_nonce: 'The proof needs a newer nonce: that of the header DPoP-Nonce.',
  invalid_dpop_proof: 'The DPoP proof is missing or wrong, or was used before.',
  temporarily_unavailable: 'Nothing was decided. Try again after the time in the header Retry-After.',
  server_error: 'Something went wrong on our side.',
} as const

type OauthError = keyof typeof oauthErrors

export interface OauthAnswer {
  readonly status: keyof typeof phrases
  readonly error: OauthError
}

const badRequest: OauthAnswer = { status: 400, error: 'invalid_request' }
const badGrant: OauthAnswer = { status: 400, error: 'invalid_grant' }
const badToken: OauthAnswer = { status: 401, error: 'invalid_token' }
const denied: OauthAnswer = { status: 403, error: 'access_denied' }
const unavailable: OauthAnswer = { status: 503, error: 'temporarily_unavailable' }

export const oauthAnswers: Readonly<Record<ErrorCode, OauthAnswer>> = {
  token_missing: badRequest,
  token_invalid: badGrant,
  token_expired: badGrant,
  session_ended: badGrant,
  token_reused: badGrant,
  proof_refused: badGrant,
  nonce_stale: { status: 400, error: 'use_latchkey_nonce' },
  renewal_refused: badGrant,
  access_missing: badToken,
  access_invalid: badToken,
  access_expired: badToken,
  access_ended: badToken,
  scope_insufficient: { status: 403, error: 'insufficient_scope' },
  step_up_required: { status: 401, error: 'insufficient_user_authentication' },
  dpop_invalid: { status: 400, error: 'invalid_dpop_proof' },
  dpop_nonce_stale: { status: 400, error: 'use_dpop_nonce' },
  origin_refused: denied,
  client_refused: { status: 401, error: 'invalid_client' },
  client_unauthorized: { status: 400, error: 'unauthorized_client' },
  grant_unsupported: { status: 400, error: 'unsupported_grant_type' },
  scope_refused: { status: 400, error: 'invalid_scope' },
  credentials_refused: badGrant,
  sessions_full: denied,
  throttled: { status: 429, error: 'temporarily_unavailable' },
  request_malformed: badRequest,
  request_too_large: { status: 413, error: 'invalid_request' },
  media_type_unsupported: { status: 415, error: 'invalid_request' },
  method_not_allowed: { status: 405, error: 'invalid_request' },
  not_found: { status: 404, error: 'invalid_request' },
  overloaded: unavailable,
  store_unavailable: unavailable,
  internal: { status: 500, error: 'server_error' },
}
