// Finds the tokens in a request, and refuses what is ambiguous: two carriers, two names with different values, or a
// header that came twice.

import type { Request } from 'express'
import { LatchkeyError, type Transport } from '../index.ts'
import { cookiesOf } from './cookies.ts'
import { objectOf, ownMember } from './json-body.ts'
import type { Settings } from './settings.ts'

export interface CarriedToken {
  readonly token: string
  readonly transport: Transport
}

/** The one refresh token of a request; undefined where there is none. Throws `request_malformed`. */
export function refreshTokenOf(req: Request, body: unknown, settings: Settings): CarriedToken | undefined {
  const carried = refreshTokensOf(req, body, settings)
  if (carried.length > 1) throw malformed('more than one refresh token')
  return carried[0]
}

function refreshTokensOf(req: Request, body: unknown, settings: Settings): CarriedToken[] {
  const members = objectOf(body)
  const named = ['refreshToken', 'token'].map((name) => textOf(ownMember(members, name)))
  const header = textOf(req.headers['refresh-token'])
  // Node joins several with commas, which no token contains.
  if (header.includes(',')) throw malformed('more than one refresh-token header')
  return [
    ...[...new Set(named)].map((token) => ({ token, transport: 'body' }) as const),
    { token: header, transport: 'header' } as const,
    { token: cookiesOf(req, settings).refresh ?? '', transport: 'cookie' } as const,
  ].filter(({ token }) => token !== '')
}

/** Whatever may be a refresh token in the body and the header of a sign-out, which ends them all, whatever stands beside them. */
export function tokensToEnd(req: Request, body: unknown): CarriedToken[] {
  const members = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const named = ['refreshToken', 'token'].map((name) => ownMember(members, name))
  const headers = String(req.headers['refresh-token'] ?? '').split(',')
  return [
    ...[...new Set(named)].map((token) => ({ token, transport: 'body' as const })),
    ...[...new Set(headers)].map((token) => ({ token: token.trim(), transport: 'header' as const })),
  ].flatMap(({ token, transport }) => (typeof token === 'string' && token !== '' ? [{ token, transport }] : []))
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw malformed('a refresh token is not a text')
  return value
}

export interface CarriedAccess {
  readonly token: string
  readonly scheme: 'Bearer' | 'DPoP'
}

/**
 * Whether a request names no access token of its own, so that its cookies say who is asking. Credentials of other schemes,
 * such as Basic, are none: a browser adds them by itself, to what other sites' pages send too. Throws `request_malformed`.
 */
export function restsOnCookies(req: Request): boolean {
  const header = req.headers.authorization
  if (header === undefined) return true
  if (!isSingle(req, 'authorization')) throw malformed('more than one Authorization header')
  const [scheme = ''] = header.split(' ', 1)
  return !schemes.has(scheme.toLowerCase())
}

/** The access token of a page, from its cookie. Throws `access_missing` or `request_malformed`. */
export function pageAccessTokenOf(req: Request, settings: Settings): CarriedAccess {
  const token = cookiesOf(req, settings).access
  if (token === undefined) throw new LatchkeyError('access_missing')
  return { token, scheme: 'Bearer' }
}

/** The access token of a request (RFC 6750 s2.1, RFC 9449 s7.1). Throws `access_missing` or `request_malformed`. */
export function accessTokenOf(req: Request): CarriedAccess {
  const header = req.headers.authorization
  if (header === undefined) throw new LatchkeyError('access_missing')
  if (!isSingle(req, 'authorization')) throw malformed('more than one Authorization header')
  const space = header.indexOf(' ')
  const scheme = schemes.get(header.slice(0, space).toLowerCase())
  const token = header.slice(space).trim()
  if (space < 0 || scheme === undefined || token === '') throw new LatchkeyError('access_missing')
  return { token, scheme }
}

const schemes: ReadonlyMap<string, CarriedAccess['scheme']> = new Map([
  ['bearer', 'Bearer'],
  ['dpop', 'DPoP'],
])

// Node keeps the first of several Authorization headers and says nothing; what a proxy judged may be another.
/** Whether a header came exactly once. */
export function isSingle(req: Request, name: string): boolean {
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
