// The client that a sign-in is for. It names and proves itself beside the user's credentials: in the JSON body, or by HTTP
// Basic. What it may not have, its sessions do not get: no scope beyond its own, no refresh token unless it is given
// any, and where it must be bound by DPoP, no session without.

import type { Request } from 'express'
import { LatchkeyError, type Transport } from '../index.ts'
import { checkBound, firstPartyClient, type KnownClient } from './clients.ts'
import { ownMember } from './json-body.ts'
import { claimedByBasic, claimedByBody, provedClient, type Parameter } from './oauth/client-authentication.ts'
import type { Settings } from './settings.ts'

/** The client that a sign-in is for: the one that names and proves itself in the request, or `first-party`. Throws `client_refused`, `client_unauthorized`, `request_malformed`, `throttled` or `store_unavailable`. */
export async function clientAtSignIn(
  req: Request,
  members: Readonly<Record<string, unknown>>,
  settings: Settings,
): Promise<KnownClient> {
  const parameter = memberOf(members)
  // Who is not named in the body is not meant: Basic alone is somebody else's, a proxy's before a site that is not public
  // yet. A page may also send the access token that it still has.
  if (parameter('client_id') === undefined && parameter('client_secret') === undefined) return firstPartyClient
  const basic = /^basic /i.test(req.headers.authorization ?? '') ? claimedByBasic(req, parameter) : undefined
  const client = await provedClient(req, basic ?? claimedByBody(parameter), settings)
  if (!client.signIn) throw new LatchkeyError('client_unauthorized', { detail: 'nobody may sign in by this client' })
  return client
}

/** The client that an application has authenticated itself. Throws `client_refused` or `store_unavailable`. */
export async function clientOfApplication(id: string | undefined, settings: Settings): Promise<KnownClient> {
  if (id === undefined) return firstPartyClient
  const client = await settings.clients.find(id)
  if (client === null) throw new LatchkeyError('client_refused', { detail: 'no such client' })
  return client
}

/** Throws `request_malformed` or `dpop_invalid` where the session would be one that the client cannot renew, or must not have. */
export function checkKind(client: KnownClient, transport: Transport, thumbprint: string | undefined): void {
  // What registered clients renew comes in a form, which reads no cookie and no header of its own.
  if (client !== firstPartyClient && transport !== 'body') {
    throw new LatchkeyError('request_malformed', { detail: 'the tokens of a registered client travel in the body' })
  }
  checkBound(client, thumbprint)
}

// `null` and an empty text are nothing, as in a form.
const memberOf =
  (members: Readonly<Record<string, unknown>>): Parameter =>
  (name) => {
    const value = ownMember(members, name) ?? ''
    if (typeof value !== 'string') throw new LatchkeyError('request_malformed', { detail: `${name} is not a text` })
    return value === '' ? undefined : value
  }
