// The OAuth dialect: what an OAuth client or a resource server of other people asks of us, in the form it knows. See
// docs/oauth.md.

import type { Exchange, Route } from '../exchange.ts'
import { oauthRoute } from './answers.ts'
import { introspection } from './introspection.ts'
import { keySet } from './key-set.ts'
import { metadata, wellKnownPath } from './metadata.ts'
import { revocation } from './revocation.ts'
import { refreshGrant } from './token.ts'

export { isForm as speaksOauth } from './form.ts'
export { createWellKnown } from './metadata.ts'

/** The routes that the plain dialect does not have. */
export const oauthRoutes: ReadonlyMap<string, Route> = new Map([
  ['POST /revoke', oauthRoute(revocation)],
  ['POST /introspect', oauthRoute(introspection)],
  ['GET /.well-known/jwks.json', keySet],
  [`GET ${wellKnownPath}`, metadata],
])

const answerGrant = oauthRoute(refreshGrant)

/** POST /token with a form (RFC 6749 s6). Answers its refusals itself (s5.2); what it throws is none. */
export const oauthToken = (exchange: Exchange): Promise<void> => answerGrant(exchange)
