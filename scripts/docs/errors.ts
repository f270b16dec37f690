// docs/errors.md: every code with its status, reason and sentence from the registries, and what to do about it from here.

import { errorCodes, type ErrorCode, type MisuseCode } from 'latchkey'
import { statuses, type Reason } from 'latchkey/express'
import { coded, table, wordsFor } from './table.ts'

const codes = Object.keys(errorCodes) as ErrorCode[]

const advice: Readonly<Record<ErrorCode, string>> = {
  token_missing: 'Send the refresh token, or let the user sign in.',
  token_invalid: 'Sign in again. If it happens to many users at once, look for a changed issuer, key set or database.',
  token_expired: 'Sign in again.',
  session_ended: 'Sign in again.',
  token_reused:
    'Sign in again. Two holders used one token of a plain session: see the `reuse` event. Keyed sessions never get here.',
  proof_refused:
    'Read the session key and the token from storage once more and try once. If it is refused again, sign in again. On the server: see the `unproved` event.',
  nonce_stale: 'Keep the new `Latchkey-Nonce`, make a new proof with the same refresh token, and try once more.',
  renewal_refused: 'Sign in again. The `renew` hook has answered `{ refuse: true }`.',
  access_missing: 'Send `Authorization: Bearer` and the access token.',
  access_invalid: 'Renew once and try again. If it stays, sign in again.',
  access_expired: 'Renew, then send the request again.',
  access_ended: 'Renewing will not help: sign in again.',
  credentials_refused: 'Let the user correct them.',
  sessions_full: 'The user ends a session on another device first. Only where `whenFull` is `refuse`.',
  throttled: 'Wait for `Retry-After` seconds ([throttling.md](throttling.md)). Keep both tokens: nobody is signed out.',
  scope_insufficient: 'Ask for a token with the scope that `WWW-Authenticate` names, where the session has it.',
  step_up_required:
    'Sign in again, as `max_age` and `acr_values` of `WWW-Authenticate` say. A renewal never helps ([oauth.md](oauth.md)).',
  dpop_invalid: 'Make a new proof for this very request, with a new `jti`, and try once more ([dpop.md](dpop.md)).',
  dpop_nonce_stale: 'Keep the new `DPoP-Nonce`, make a new proof with it, and try once more.',
  origin_refused:
    'Call from a page of the same origin or of one in `origins`, with `Latchkey-Transport: cookie` ([cookies.md](cookies.md)). Keep everything.',
  client_refused: 'Check `client_id` and `client_secret`, and that the client is still registered.',
  client_unauthorized: 'Register the client for it: `signIn`, `refresh` or `introspect`.',
  grant_unsupported: 'Send `grant_type=refresh_token`: there is no other.',
  scope_refused: 'Ask for no more than the session has and the client may have today.',
  request_malformed:
    'Mend the client: the route takes something else ([http.md](http.md)). Trying again changes nothing.',
  request_too_large: 'Send less: no route takes more than 16,384 bytes.',
  media_type_unsupported: 'Send `Content-Type: application/json`, in UTF-8, without a content coding.',
  method_not_allowed: 'Use a method that the `Allow` header names. The ready server says this, the router does not.',
  not_found: 'Check the path. The ready server says this, the router does not.',
  overloaded: 'Wait for `Retry-After` seconds and try again. Keep both tokens.',
  store_unavailable:
    'Wait for `Retry-After` seconds and try again with the same token. Keep both tokens: nobody is signed out.',
  internal: 'Look into the log of the server: this is a defect. Keep both tokens.',
}

const misuse: Readonly<Record<MisuseCode, string>> = {
  option_invalid: 'An option is missing, misspelt, out of its range, or does not fit another. The message names it.',
  argument_invalid: 'A call was given something that it does not take: a subject, scope, claim or event name.',
  keys_invalid: 'A key set or key file cannot be used. The message names the key or the file and never shows a secret.',
  keys_mismatch:
    'The store was used with another refresh key of the same kid. Start with that key, or give this one another kid.',
  store_newer: 'The database was written by a newer version. Start that version, or a newer one.',
  store_foreign: 'The store holds something that Latchkey has not written.',
}

const reasons: Readonly<Record<Reason, string>> = {
  missing: 'Nothing was sent. Sign in, or send the token.',
  malformed: 'The request is wrong, not the session. Keep everything and mend the client.',
  invalid: 'Not ours, or not good here. At `/token`: sign in again.',
  expired: 'At its end. At `/token`: sign in again. Elsewhere: renew.',
  ended: 'Ended before its time. Sign in again.',
  reuse: 'An old token came back. Sign in again.',
  unproved: 'The proof was wrong. Read storage once more and try once; then sign in again.',
  nonce: 'The nonce was too old. Try once more with the new one.',
  origin: 'The page may not send this. Keep everything and mend the page.',
  client: 'The client is not who it says, or may not do this. Nothing is said about the session.',
  scope: 'The scope is too small, or more than there is. Nothing is said about the session.',
  step_up: 'The session is good, and the user must sign in once more for this.',
  locked: 'Not now. Wait, or make room.',
  unavailable: 'Nothing was decided. Keep everything, wait, try again.',
}

export function errorsTable(): string {
  const adviceFor = wordsFor('scripts/docs/errors.ts', codes, advice)
  const rows = codes.map((code) => {
    const { status, reason } = statuses[code]
    return [coded(code), String(status), coded(reason), errorCodes[code], adviceFor(code)]
  })
  return table(['Code', 'Status', 'Reason', 'Sentence', 'What to do'], rows)
}

export function reasonsTable(): string {
  const used = [...new Set(codes.map((code) => statuses[code].reason))]
  const wordsOf = wordsFor('scripts/docs/errors.ts', used, reasons)
  const rows = used.map((reason) => {
    const from = codes.filter((code) => statuses[code].reason === reason).map(coded)
    return [coded(reason), from.join(', '), wordsOf(reason)]
  })
  return table(['Reason', 'Codes', 'What a client does'], rows)
}

export const misuseTable = (): string =>
  table(
    ['Code', 'What is wrong'],
    Object.entries(misuse).map(([code, says]) => [coded(code), says]),
  )
