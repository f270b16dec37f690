// The one table of statuses (I8): what each code of core/errors.ts is over HTTP, and the reason a problem may tell. Only
// the holder of an authentic token gets a telling reason; everything else is `invalid`. See docs/errors.md.

import type { ErrorCode } from '../index.ts'

/** The reasons of `application/problem+json`; the client acts on them. */
export type Reason =
  | 'missing'
  | 'malformed'
  | 'invalid'
  | 'expired'
  | 'ended'
  | 'reuse'
  | 'unproved'
  | 'nonce'
  | 'origin'
  | 'client'
  | 'scope'
  | 'step_up'
  | 'locked'
  | 'unavailable'

/** The statuses and their phrases (RFC 9110 s15); here, because to import node:http for them takes 25 ms. */
export const phrases = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const

export interface Status {
  readonly status: keyof typeof phrases
  readonly reason: Reason
}

export const statuses: Readonly<Record<ErrorCode, Status>> = {
  token_missing: { status: 401, reason: 'missing' },
  token_invalid: { status: 403, reason: 'invalid' },
  token_expired: { status: 403, reason: 'expired' },
  session_ended: { status: 403, reason: 'ended' },
  token_reused: { status: 403, reason: 'reuse' },
  proof_refused: { status: 403, reason: 'unproved' },
  nonce_stale: { status: 401, reason: 'nonce' },
  renewal_refused: { status: 403, reason: 'ended' },
  access_missing: { status: 401, reason: 'missing' },
  access_invalid: { status: 401, reason: 'invalid' },
  access_expired: { status: 401, reason: 'expired' },
  access_ended: { status: 401, reason: 'ended' },
  scope_insufficient: { status: 403, reason: 'scope' },
  step_up_required: { status: 401, reason: 'step_up' },
  dpop_invalid: { status: 401, reason: 'unproved' },
  dpop_nonce_stale: { status: 401, reason: 'nonce' },
  origin_refused: { status: 403, reason: 'origin' },
  client_refused: { status: 401, reason: 'client' },
  client_unauthorized: { status: 400, reason: 'client' },
  grant_unsupported: { status: 400, reason: 'malformed' },
  scope_refused: { status: 400, reason: 'scope' },
  credentials_refused: { status: 401, reason: 'invalid' },
  sessions_full: { status: 403, reason: 'locked' },
  throttled: { status: 429, reason: 'locked' },
  request_malformed: { status: 400, reason: 'malformed' },
  request_too_large: { status: 413, reason: 'malformed' },
  media_type_unsupported: { status: 415, reason: 'malformed' },
  method_not_allowed: { status: 405, reason: 'malformed' },
  not_found: { status: 404, reason: 'malformed' },
  overloaded: { status: 503, reason: 'unavailable' },
  store_unavailable: { status: 503, reason: 'unavailable' },
  internal: { status: 500, reason: 'unavailable' },
}
