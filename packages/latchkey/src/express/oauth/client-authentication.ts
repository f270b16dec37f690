// Which client sent a request: one that names itself, one that proves itself with its secret, or, where nothing is said,
// `first-party`. A secret comes in one of two places, HTTP Basic or the body, and never in both (RFC 6749 s2.3). An
// unknown client is compared like a known one, and answered like one with a wrong secret.

import type { Request } from 'express'
import { firstParty, LatchkeyError } from '../../index.ts'
import { isSingle } from '../carrier.ts'
import { hasSecret, type KnownClient } from '../clients.ts'
import type { Settings } from '../settings.ts'
import { decoded } from './form.ts'

/** What a request says of its client. */
export interface ClaimedClient {
  readonly id: string
  readonly secret: string | undefined
}

/** Reads a parameter of the request's body; undefined where it is not there. */
export type Parameter = (name: string) => string | undefined

/** The client that sent a request, proved. Throws `client_refused`, `throttled`, `request_malformed` or `store_unavailable`. */
export async function authenticatedClient(
  req: Request,
  parameter: Parameter,
  settings: Settings,
): Promise<KnownClient> {
  return provedClient(req, claimedByBasic(req, parameter) ?? claimedByBody(parameter), settings)
}

/** What HTTP Basic says; undefined where the request has no Authorization. Throws `client_refused` or `request_malformed`. */
export function claimedByBasic(req: Request, parameter: Parameter): ClaimedClient | undefined {
  const header = req.headers.authorization
  if (header === undefined) return undefined
  if (!isSingle(req, 'authorization')) throw malformed('more than one Authorization header')
  const claimed = basicOf(header)
  if (claimed === undefined) throw new LatchkeyError('client_refused', { detail: 'Authorization is no HTTP Basic' })
  const [id = claimed.id, secret] = ['client_id', 'client_secret'].map(parameter)
  if (secret !== undefined) throw malformed('the client proves itself in two places')
  if (id !== claimed.id) throw malformed('the client names itself in two ways')
  return claimed
}

// The two halves are encoded as forms are (RFC 6749 s2.3.1). An empty secret is none.
function basicOf(header: string): ClaimedClient | undefined {
  const [, base64 = ''] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header) ?? []
  const bytes = Buffer.from(base64, 'base64')
  if (base64 === '' || bytes.toString('base64') !== base64) return undefined
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(bytes.toString('latin1')) ?? []
  const [name, proof] = [id, secret].map((half) => (half === undefined ? undefined : decoded(half)))
  if (name === undefined || name === '' || proof === undefined) return undefined
  return { id: name, secret: proof === '' ? undefined : proof }
}

/** What the body says; `first-party` where it says nothing. Throws `request_malformed`. */
export function claimedByBody(parameter: Parameter): ClaimedClient {
  const [id, secret] = ['client_id', 'client_secret'].map(parameter)
  if (id === undefined && secret !== undefined) throw malformed('client_secret came without client_id')
  return { id: id ?? firstParty, secret }
}

/** The client, proved. Throws `client_refused`, `throttled` or `store_unavailable`. */
export async function provedClient(req: Request, claimed: ClaimedClient, settings: Settings): Promise<KnownClient> {
  const client = await settings.clients.find(claimed.id)
  const matches = hasSecret(client, claimed.secret ?? '')
  const isPublic = client !== null && client.secret === null
  if (client !== null && (isPublic ? claimed.secret === undefined : matches)) return client
  // Only what failed is counted: no secret can be guessed, and a right one must not cost a trip to the store.
  const attempt = await settings.throttle.client(req)
  await attempt.failed()
  throw new LatchkeyError('client_refused', { detail: client === null ? 'no such client' : 'not its secret' })
}

const malformed = (detail: string): LatchkeyError => new LatchkeyError('request_malformed', { detail })
