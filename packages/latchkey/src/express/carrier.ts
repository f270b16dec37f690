// Finds the tokens in a request, and refuses what is ambiguous: two carriers, two names with different values, or a
// header that came twice.

import type { Request } from 'express'
import { LatchkeyError, type Transport } from '../index.ts'
import { objectOf, ownMember } from './json-body.ts'

export interface CarriedToken {
  readonly token: string
  readonly transport: Transport
}

/** The one refresh token of a request. Throws `token_missing` or `request_malformed`. */
export function refreshTokenOf(req: Request, body: unknown): CarriedToken {
  const carried = refreshTokensOf(req, body)
  const [only] = carried
  if (only === undefined) throw new LatchkeyError('token_missing')
  if (carried.length > 1) throw malformed('more than one refresh token')
  return only
}

/** Every refresh token in a request. Throws `request_malformed` where one is not a text. */
export function refreshTokensOf(req: Request, body: unknown): CarriedToken[] {
  const members = objectOf(body)
  const named = ['refreshToken', 'token'].map((name) => textOf(ownMember(members, name)))
  const header = textOf(req.headers['refresh-token'])
  // Node joins several with commas, which no token contains.
  if (header.includes(',')) throw malformed('more than one refresh-token header')
  return [
    ...[...new Set(named)].map((token) => ({ token, transport: 'body' }) as const),
    { token: header, transport: 'header' } as const,
  ].filter(({ token }) => token !== '')
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw malformed('a refresh token is not a text')
  return value
}

/** The access token of a request (RFC 6750 s2.1). Throws `access_missing`, `access_invalid` or `request_malformed`. */
export function accessTokenOf(req: Request): string {
  const header = req.headers.authorization
  if (header === undefined) throw new LatchkeyError('access_missing')
  if (!isSingle(req, 'authorization')) throw malformed('more than one Authorization header')
  const scheme = header.slice(0, 7)
  if (scheme.toLowerCase() !== 'bearer ') throw new LatchkeyError('access_missing')
  const token = header.slice(7).trim()
  if (token === '') throw new LatchkeyError('access_missing')
  return token
}

// Node keeps the first of several Authorization headers and says nothing; what a proxy judged may be another.
function isSingle(req: Request, name: string): boolean {
  let seen = 0
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const raw = req.rawHeaders[index] ?? ''
    if (raw.length === name.length && raw.toLowerCase() === name) seen += 1
  }
  return seen === 1
}

/** A `Latchkey-Proof` header. Node joins several with commas, which no proof contains. Throws `request_malformed`. */
export function proofOf(req: Request): string | undefined {
  const header = req.headers['latchkey-proof']
  if (header === undefined) return undefined
  if (typeof header !== 'string' || header.includes(',')) throw malformed('more than one Latchkey-Proof header')
  return header
}

const malformed = (detail: string): LatchkeyError => new LatchkeyError('request_malformed', { detail })
