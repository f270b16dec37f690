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

const invalid = (message: string): MisuseError => new MisuseError('argument_invalid', message)
