// POST /token and POST /refresh: a refresh token for a new pair, in the dialect of the request.

import { LatchkeyError } from '../index.ts'
import { proofOf, refreshTokenOf } from './carrier.ts'
import type { Exchange } from './exchange.ts'
import { readJson } from './json-body.ts'
import { oauthToken, speaksOauth } from './oauth/index.ts'
import { renewalContext } from './renewal-context.ts'
import { asksForCookies, checkSameOrigin } from './same-origin.ts'
import { sendTokens } from './token-answer.ts'

/** Answers in the dialect of the request: a form is OAuth, everything else is plain. */
export async function renew(exchange: Exchange): Promise<void> {
  if (speaksOauth(exchange.req)) return oauthToken(exchange)
  const { req, settings } = exchange
  const body = await readJson(req)
  const proof = proofOf(req)
  const carried = refreshTokenOf(req, body, settings)
  if (carried?.transport === 'cookie' || asksForCookies(req, settings)) checkSameOrigin(req, settings)
  if (carried === undefined) throw new LatchkeyError('token_missing')
  const bound = await settings.dpop.atTokenRoute(req)
  const tokens = await settings.latchkey.refresh({ ...carried, proof, ...renewalContext(req, settings, bound) })
  sendTokens(exchange, tokens, {})
}
