// POST /revoke (RFC 7009): ends the session of a refresh token or of an access token, if it is the client's own. Whatever
// else comes, the answer is the same, so that nobody learns what a token is worth by trying it here. A hint of what kind
// of token it is changes nothing: both kinds say so themselves.

import type { Origin } from '../../index.ts'
import type { Exchange } from '../exchange.ts'
import { originBy } from '../renewal-context.ts'
import { sendOauth } from './answers.ts'
import { authenticatedClient } from './client-authentication.ts'
import { readForm, required } from './form.ts'
import { goodAccess } from '../good-access.ts'

/** POST /revoke: 200, but for what is no such request, a client that is refused, or an outage. */
export async function revocation(exchange: Exchange): Promise<void> {
  const { req, settings } = exchange
  const form = await readForm(req)
  const token = required(form, 'token')
  const client = await authenticatedClient(req, (name) => form.get(name), settings)
  const origin = (): Origin => originBy(req, client)
  await settings.latchkey.signOut({ token, client: client.id, origin })
  const access = await goodAccess(settings.latchkey.verify(token))
  if (access?.client === client.id) {
    await settings.latchkey.revoke(access.subject, access.sessionId, 'signed_out', origin)
  }
  sendOauth(exchange, {})
}
