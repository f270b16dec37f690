// GET /.well-known/jwks.json (RFC 7517): the public halves of the signing keys, for whoever verifies access tokens without
// us. A copy may be kept for less than the time that a new key is known before it is used, so that none is missed.

import type { Exchange } from '../exchange.ts'
import { sendPublic } from './public-answer.ts'

/** GET /.well-known/jwks.json. */
export async function keySet(exchange: Exchange): Promise<void> {
  const { keys, maxAgeSeconds } = exchange.settings.latchkey.jwks()
  sendPublic(exchange, { keys }, maxAgeSeconds)
}
