// What an access token says once its signature, issuer, audience and times are right: its claims, each of the type that
// RFC 9068 gives it. A token of ours with another type was made by a defect, or by somebody who holds a key of ours.

import type { JWTPayload } from 'jose'
import { isThumbprint } from './clients.ts'
import { LatchkeyError } from './errors.ts'
import { frozen, type Claims } from './session.ts'

/** What a verified access token says. */
export interface Access {
  readonly subject: string
  /** The session's public id. */
  readonly sessionId: string
  readonly client: string
  readonly scope: string | null
  /** Of the key that whoever sends the token must prove (`cnf.jkt`, RFC 9449 s6.1); null for a bearer token. */
  readonly thumbprint: string | null
  /** How the user proved who he is (RFC 9068 s2.2.1); null and empty where nothing is known. */
  readonly acr: string | null
  readonly amr: readonly string[]
  /** The token's own id (`jti`). */
  readonly tokenId: string
  /** Epoch milliseconds, as are the next two. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly authTime: number
  /** All claims as signed, the application's own among them. */
  readonly claims: Readonly<JWTPayload>
}

/** What a verified payload says. Throws `access_invalid` where a claim has the wrong type. */
export function accessOf(payload: JWTPayload): Access {
  const { sub, iat, exp } = payload
  const { sid, client_id: client, auth_time: authTime, scope, acr } = payload as Claims
  const texts = [sub, sid, client, payload.jti].every((value) => typeof value === 'string' && value !== '')
  const instants = [iat, exp, authTime].every((value) => Number.isSafeInteger(value))
  const optional = [scope, acr].every((value) => value === undefined || typeof value === 'string')
  if (!texts || !instants || !optional) {
    throw new LatchkeyError('access_invalid', { detail: 'a claim has the wrong type' })
  }
  return Object.freeze({
    subject: sub as string,
    sessionId: sid as string,
    client: client as string,
    scope: (scope as string | undefined) ?? null,
    thumbprint: thumbprintOf(payload),
    acr: (acr as string | undefined) ?? null,
    amr: amrOf(payload),
    tokenId: payload.jti as string,
    issuedAt: (iat as number) * 1000,
    expiresAt: (exp as number) * 1000,
    authTime: (authTime as number) * 1000,
    claims: frozen(payload),
  })
}

// A confirmation that this verifier does not know must not pass for none (RFC 7800 s3.1).
function thumbprintOf({ cnf }: JWTPayload): string | null {
  if (cnf === undefined) return null
  const { jkt } = (cnf ?? {}) as { readonly jkt?: unknown }
  if (!isThumbprint(jkt)) throw new LatchkeyError('access_invalid', { detail: 'cnf names no key' })
  return jkt
}

function amrOf({ amr = [] }: JWTPayload): readonly string[] {
  if (Array.isArray(amr) && amr.every((each): each is string => typeof each === 'string'))
    return Object.freeze([...amr])
  throw new LatchkeyError('access_invalid', { detail: 'amr is not a list of texts' })
}
