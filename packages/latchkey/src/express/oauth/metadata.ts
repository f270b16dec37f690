// GET /.well-known/oauth-authorization-server (RFC 8414): what there is here, for clients that find it out by themselves.
// It names what we offer and nothing else; a list without elements is left out (s3.2), as that of response types, which
// belong to an authorization endpoint.

import type { RequestHandler } from 'express'
import type { Exchange } from '../exchange.ts'
import type { Settings } from '../settings.ts'
import { sendPublic } from './public-answer.ts'

/** Where the metadata of an issuer without a path stands (RFC 8414 s3). */
export const wellKnownPath = '/.well-known/oauth-authorization-server'

const maxAgeSeconds = 5 * 60
const secretMethods = ['client_secret_basic', 'client_secret_post']

/** GET /.well-known/oauth-authorization-server. */
export async function metadata(exchange: Exchange): Promise<void> {
  sendPublic(exchange, metadataOf(exchange.settings), maxAgeSeconds)
}

/**
 * Answers for the metadata where RFC 8414 s3.1 wants it: at the root of the host, with the issuer's path after the
 * well-known one; leaves everything else alone.
 */
export function createWellKnown(settings: Settings): RequestHandler {
  const path = wellKnownPath + new URL(settings.latchkey.issuer).pathname.replace(/\/$/, '')
  return (req, res, next) => {
    if (['GET', 'HEAD'].includes(req.method) && req.path === path)
      sendPublic({ req, res, settings }, metadataOf(settings), maxAgeSeconds)
    else next()
  }
}

function metadataOf({ latchkey, publicUrl, clients, dpop }: Settings): object {
  const methods = clients.isEmpty ? ['none'] : ['none', ...secretMethods]
  return {
    issuer: latchkey.issuer,
    token_endpoint: `${publicUrl}/token`,
    token_endpoint_auth_methods_supported: methods,
    grant_types_supported: ['refresh_token'],
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    revocation_endpoint: `${publicUrl}/revoke`,
    revocation_endpoint_auth_methods_supported: methods,
    // Nobody may introspect without a secret.
    ...(clients.isEmpty
      ? {}
      : {
          introspection_endpoint: `${publicUrl}/introspect`,
          introspection_endpoint_auth_methods_supported: secretMethods,
        }),
    dpop_signing_alg_values_supported: dpop.algorithms,
  }
}
