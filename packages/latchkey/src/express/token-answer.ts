// The answer that carries tokens, however they travel: in the body, in a header, or in cookies that script cannot
// read (I9).

import type { OutgoingHttpHeaders } from 'node:http'
import type { Tokens } from '../index.ts'
import { sendJson } from './answers.ts'
import { setCookies } from './cookies.ts'
import type { Exchange } from './exchange.ts'

/** Sends a pair of tokens the way their session's tokens travel; `more` stands beside them in the body. */
export function sendTokens({ res, settings }: Exchange, tokens: Tokens, more: object, isRenewable = true): void {
  const { accessToken, refreshToken, expiresInSeconds: expiresIn } = tokens
  const { transport, thumbprint } = tokens.session
  const headers = nonceHeaders({ settings }, tokens)
  if (transport === 'header') headers['Refresh-Token'] = refreshToken
  if (transport === 'cookie') setCookies(res, tokens, settings)
  // A client that is given no refresh tokens has no use for this one (RFC 9700 s4.14.2).
  const carried = transport === 'body' && isRenewable ? { refreshToken } : {}
  const tokenType = thumbprint === null ? 'Bearer' : 'DPoP'
  sendJson(res, 200, { accessToken, ...carried, tokenType, expiresIn, ...more }, headers)
}

/** The nonces for the next proof, where the session asks for one. */
export function nonceHeaders(
  { settings }: Pick<Exchange, 'settings'>,
  { nonce, session }: Tokens,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  if (nonce !== null) headers['Latchkey-Nonce'] = nonce
  const dpopNonce = session.thumbprint === null ? undefined : settings.dpop.tokenNonce()
  if (dpopNonce !== undefined) headers['DPoP-Nonce'] = dpopNonce
  return headers
}
