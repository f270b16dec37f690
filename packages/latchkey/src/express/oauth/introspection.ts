// POST /introspect (RFC 7662): says to a resource server whether an access token is good at this moment. It asks the store
// whether the session lives, which no signature can say. Only a client that may introspect, and proves who it is, gets
// an answer, so that nobody can try out tokens here. A refresh token is nobody's business and is never active.

import { LatchkeyError, type Access } from '../../index.ts'
import type { Exchange } from '../exchange.ts'
import { sendOauth } from './answers.ts'
import { authenticatedClient } from './client-authentication.ts'
import { readForm, required } from './form.ts'
import { goodAccess } from '../good-access.ts'

/** POST /introspect: 200 with `active`, and with what the token says where it is. */
export async function introspection(exchange: Exchange): Promise<void> {
  const { req, settings } = exchange
  const form = await readForm(req)
  const token = required(form, 'token')
  const client = await authenticatedClient(req, (name) => form.get(name), settings)
  // Who names no secret has not proved anything (RFC 7662 s2.1).
  if (client.secret === null) throw new LatchkeyError('client_refused', { detail: 'a public client cannot introspect' })
  if (!client.introspect) throw new LatchkeyError('client_unauthorized', { detail: 'this client may not introspect' })
  const access = await activeAccess(exchange, token)
  // Nothing else of a token that is not active, not even why (RFC 7662 s2.2).
  sendOauth(exchange, access === null ? { active: false } : described(access))
}

// A client that was taken away takes its tokens with it.
async function activeAccess({ settings }: Exchange, token: string): Promise<Access | null> {
  const access = await goodAccess(settings.latchkey.verifyLive(token))
  return access === null || (await settings.clients.find(access.client)) === null ? null : access
}

// Last what is ours to say: an application may have claims of these names.
const described = ({ claims, thumbprint }: Access): object => ({
  ...claims,
  token_type: thumbprint === null ? 'Bearer' : 'DPoP',
  active: true,
})
