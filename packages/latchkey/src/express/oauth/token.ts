// POST /token with a form: the refresh grant (RFC 6749 s6), and no other. The session must be the client's own, which
// its token proves by itself; a scope only narrows the access token. No cookie is read or set here.

import { LatchkeyError, type Tokens } from '../../index.ts'
import { proofOf } from '../carrier.ts'
import { checkBound, type KnownClient } from '../clients.ts'
import type { Exchange } from '../exchange.ts'
import { renewalContext } from '../renewal-context.ts'
import { nonceHeaders } from '../token-answer.ts'
import { sendOauth } from './answers.ts'
import { authenticatedClient } from './client-authentication.ts'
import { readForm, required, type Form } from './form.ts'

const grant = 'refresh_token'

/** POST /token: a refresh token for a new pair. Throws what docs/oauth.md lists. */
export async function refreshGrant(exchange: Exchange): Promise<void> {
  const { req, settings } = exchange
  const form = await readForm(req)
  const grantType = required(form, 'grant_type')
  const client = await authenticatedClient(req, (name) => form.get(name), settings)
  if (grantType !== grant) throw new LatchkeyError('grant_unsupported')
  if (!client.refresh) throw new LatchkeyError('client_unauthorized', { detail: 'this client gets no refresh tokens' })
  const tokens = await renewed(exchange, form, client)
  sendOauth(exchange, answerOf(tokens), nonceHeaders(exchange, tokens))
}

async function renewed({ req, settings }: Exchange, form: Form, client: KnownClient): Promise<Tokens> {
  const token = required(form, grant)
  if (req.headers['refresh-token'] !== undefined) {
    throw new LatchkeyError('request_malformed', { detail: 'more than one refresh token' })
  }
  const proof = proofOf(req)
  const bound = await settings.dpop.atTokenRoute(req)
  checkBound(client, bound?.thumbprint)
  const { id, scopes, dpopBound } = client
  return settings.latchkey.refresh({
    token,
    transport: 'body',
    client: id,
    proof,
    scope: form.get('scope'),
    within: scopes ?? undefined,
    bound: dpopBound,
    ...renewalContext(req, settings, bound, client),
  })
}

// The scope is said always: it may be less than was asked for at sign-in (RFC 6749 s5.1).
const answerOf = ({ accessToken, refreshToken, expiresInSeconds, scope, session }: Tokens): object => ({
  access_token: accessToken,
  token_type: session.thumbprint === null ? 'Bearer' : 'DPoP',
  expires_in: expiresInSeconds,
  refresh_token: refreshToken,
  ...(scope === null ? {} : { scope }),
})
