// What a proof must say of the request that it came with (RFC 9449 s4.3): this method, this URL, this access token, and
// lately. Each claim by its type first: a proof is whatever somebody signed.

import { createHash } from 'node:crypto'
import type { Members } from './encoded-json.ts'
import { refused } from './refusal.ts'
import { normalUri } from './request-uri.ts'

/** A proof names the time of its making; it may differ from the engine's clock by this much, on either side. */
export const windowMs: number = 5 * 60_000
/**
 * The same where the proof holds a fresh nonce: its age is then that of the nonce (s4.3, check 11), and a device whose clock
 * is wrong is no thief. What is further off is no clock.
 */
const windowWithNonceMs = 366 * 86_400_000
const maxIdCharacters = 256

/** The request that a proof came with. */
export interface Proved {
  readonly method: string
  /** The URLs by which the request may be known, normalised. */
  readonly uris: readonly (string | undefined)[]
  /** The access token that came with it; undefined at a token route, where there is none. */
  readonly accessToken?: string | undefined
}

/** What is left to be judged of a proof that fits its request. */
export interface ProofClaims {
  readonly uri: string
  readonly id: string
  readonly nonce: string | undefined
  /** When it was made, by its maker's clock, in epoch milliseconds. */
  readonly madeAt: number
}

/** Holds the claims against the request. Throws `dpop_invalid`. */
export function claimsFor({ method, uris, accessToken }: Proved, claims: Members): ProofClaims {
  const { htm, htu, iat, jti, ath, nonce } = claims
  if (htm !== method) throw refused('htm is not the method of the request')
  const uri = typeof htu === 'string' ? normalUri(htu) : undefined
  if (uri === undefined || !uris.includes(uri)) throw refused('htu is not the URL of the request')
  if (accessToken !== undefined && ath !== hashOf(accessToken)) throw refused('ath is not that of the access token')
  if (typeof jti !== 'string' || jti === '' || jti.length > maxIdCharacters || !jti.isWellFormed()) {
    throw refused(`jti is not a text of 1 to ${maxIdCharacters} characters`)
  }
  if (nonce !== undefined && typeof nonce !== 'string') throw refused('nonce is not a text')
  return { uri, id: jti, nonce, madeAt: instant(iat, 'iat') }
}

/** The engine's clock, and whether a fresh nonce of ours stands in the proof. */
export interface Judging {
  readonly now: number
  readonly timedByNonce: boolean
}

/** Whether it was made lately, by the engine's clock. Throws `dpop_invalid`. */
export function checkAge({ madeAt }: ProofClaims, { exp, nbf }: Members, { now, timedByNonce }: Judging): void {
  const allowedMs = timedByNonce ? windowWithNonceMs : windowMs
  if (Math.abs(now - madeAt) > allowedMs) throw refused('iat is not of now')
  // Not of a proof, but whoever says it means it (RFC 7519 s4.1.4).
  if (exp !== undefined && now >= instant(exp, 'exp')) throw refused('exp is past')
  if (nbf !== undefined && now + windowMs < instant(nbf, 'nbf')) throw refused('nbf is not yet')
}

const hashOf = (accessToken: string): string => createHash('sha256').update(accessToken, 'ascii').digest('base64url')

function instant(value: unknown, name: string): number {
  if (typeof value !== 'number') throw refused(`${name} is not a time`)
  return value * 1000
}
