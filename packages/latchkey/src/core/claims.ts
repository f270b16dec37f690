// Checks what an application says of a session: a subject, a scope and claims that fit every token that will carry
// them. Misuse is refused here, at the door, rather than found later in a token that its own issuer does not take.

import { MisuseError } from './errors.ts'
import type { Claims } from './session.ts'

const maxSubjectCharacters = 255
const maxScopeCharacters = 1024
const maxClaimBytes = 4096
const scopePattern = /^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$/

/** Claim names that belong to the token itself; an application cannot set them. */
const reservedClaims: ReadonlySet<string> = new Set(
  'iss sub aud exp nbf iat jti sid client_id auth_time scope cnf acr amr typ act may_act __proto__'.split(' '),
)

/** Throws `argument_invalid` where this cannot be a subject. */
export function checkSubject(subject: unknown): void {
  const fits = typeof subject === 'string' && subject !== '' && subject.length <= maxSubjectCharacters
  // Half a surrogate pair would come back from a store as another character.
  if (!fits || subject.includes('\0') || !subject.isWellFormed()) {
    throw invalid(`subject must be a text of 1 to ${maxSubjectCharacters} characters`)
  }
}

/** Throws `argument_invalid` where this is no scope (RFC 6749 s3.3). */
export function checkScope(scope: unknown): void {
  if (typeof scope !== 'string' || scope.length > maxScopeCharacters || !scopePattern.test(scope)) {
    throw invalid(`scope must be at most ${maxScopeCharacters} characters: scope tokens with one space between them`)
  }
}

/** A copy of the claims, as JSON keeps them. Throws `argument_invalid` where they are not a small JSON object. */
export function checkedClaims(claims: unknown): Claims {
  const text = jsonOf(claims)
  if (Buffer.byteLength(text) > maxClaimBytes) throw invalid(`claims must be at most ${maxClaimBytes} bytes of JSON`)
  // Judged as they will be read: an object may write itself as something else.
  const copy: unknown = JSON.parse(text)
  if (typeof copy !== 'object' || copy === null || Array.isArray(copy)) throw invalid('claims must be an object')
  const taken = Object.keys(copy).find((name) => reservedClaims.has(name))
  if (taken !== undefined) throw invalid(`claims must not name "${taken}"`)
  return copy as Claims
}

function jsonOf(claims: unknown): string {
  try {
    return JSON.stringify(claims) ?? 'null'
  } catch {
    // The message might quote a value (I4).
    throw invalid('claims must be JSON: no bigint, and nothing that holds itself')
  }
}

/** How the user proved who he is, as the access token says it (RFC 9068 s2.2.1); renewal never changes it (RT-15). */
export interface Authentication {
  /** Authentication context class, 1 to 255 characters. */
  readonly acr?: string | undefined
  /** Authentication methods (RFC 8176), at most 16 of 1 to 64 characters. */
  readonly amr?: readonly string[] | undefined
}

/** The claims that say how the user proved who he is. Throws `argument_invalid`. */
export function authenticationClaims({ acr, amr }: Authentication): Claims {
  const fits = (value: unknown, max: number): boolean =>
    typeof value === 'string' && value !== '' && value.length <= max && value.isWellFormed()
  if (acr !== undefined && !fits(acr, 255)) throw invalid('acr must be a text of 1 to 255 characters')
  if (amr !== undefined && !(Array.isArray(amr) && amr.length <= 16 && amr.every((each) => fits(each, 64)))) {
    throw invalid('amr must be a list of at most 16 texts of 1 to 64 characters')
  }
  return { ...(acr === undefined ? {} : { acr }), ...(amr === undefined ? {} : { amr: [...amr] }) }
}

/** A session's claims in two parts: what the application added, and how the user proved who he is. */
export function splitClaims({ acr, amr, ...added }: Claims): {
  readonly added: Claims
  readonly authentication: Claims
} {
  return {
    added,
    authentication: { ...(acr === undefined ? {} : { acr }), ...(amr === undefined ? {} : { amr }) },
  }
}

const invalid = (message: string): MisuseError => new MisuseError('argument_invalid', message)
