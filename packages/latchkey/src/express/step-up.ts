// What a route may ask of an access token beyond being good: whose client it belongs to, a scope (RFC 6750 s3.1), and how
// recently and how strongly its user has proved who he is (RFC 9470). Judged by the token's own claims: what it does not say, it does not satisfy.
// Renewal changes neither (RT-15), so only a new sign-in helps.

import { firstParty, LatchkeyError, MisuseError, policyFields, type Access } from '../index.ts'

/** What `requireAuth` may ask of an access token. */
export interface Requirements {
  /**
   * Whose tokens are taken: those of the application's own pages and apps (`first-party`, where no scope is asked for), or
   * of `any` client (where one is). Else 403 `insufficient_scope`.
   */
  readonly clients?: 'first-party' | 'any'
  /** Space-separated; the token must have them all, else 403 `insufficient_scope`. */
  readonly scope?: string
  /** Seconds since the user proved who he is, at most; else 401 `insufficient_user_authentication`. */
  readonly maxAge?: number
  /** Any one of these authentication context classes, the preferred first; else 401, the same. */
  readonly acr?: string | readonly string[]
}

/** The same, checked and ready to be compared. */
export interface CheckedRequirements {
  readonly firstPartyOnly: boolean
  readonly scope: readonly string[]
  readonly maxAgeMs: number
  readonly acr: readonly string[]
  /** Whether it asks for nothing that a token of the application's own could lack. */
  readonly satisfied: boolean
  /** What the challenge says of a new sign-in: all of it, so that one sign-in satisfies all. */
  readonly stepUp: Readonly<Record<string, string>>
}

/** The names of the requirements, for who checks the names of options. */
export const requirementNames: readonly (keyof Requirements)[] = ['clients', 'scope', 'maxAge', 'acr']

// They stand between quotes in WWW-Authenticate, separated by spaces (RFC 6749 s3.3, RFC 9470 s3).
const token = /^[\x21\x23-\x5B\x5D-\x7E]{1,255}$/
/** No session is older. */
const maxSeconds = policyFields.absoluteSeconds.max

/** The requirements among these options. Throws `option_invalid`. */
export function requirementsOf(given: Requirements): CheckedRequirements {
  const { clients, scope, maxAge, acr }: Requirements = Object.assign(Object.create(null), given)
  if (clients !== undefined && clients !== 'first-party' && clients !== 'any') {
    throw invalid('clients must be "first-party" or "any"')
  }
  if (scope !== undefined && typeof scope !== 'string') throw invalid('scope must be a text')
  if (maxAge !== undefined && !(Number.isInteger(maxAge) && maxAge >= 1 && maxAge <= maxSeconds)) {
    throw invalid(`maxAge must be 1 to ${maxSeconds} seconds`)
  }
  const scopes = tokensIn(scope?.split(' '), 'scope')
  const classes = tokensIn(typeof acr === 'string' ? [acr] : acr, 'acr')
  // Without a scope nothing says what a registered client may do there: to register one must not open every route to it.
  const firstPartyOnly = (clients ?? (scope === undefined ? 'first-party' : 'any')) === 'first-party'
  return {
    firstPartyOnly,
    scope: scopes,
    maxAgeMs: maxAge === undefined ? Infinity : maxAge * 1000,
    acr: classes,
    satisfied: scopes.length === 0 && classes.length === 0 && maxAge === undefined,
    stepUp: {
      ...(classes.length === 0 ? {} : { acr_values: classes.join(' ') }),
      ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    },
  }
}

function tokensIn(given: unknown, name: string): readonly string[] {
  if (given === undefined) return []
  const list: readonly unknown[] = Array.isArray(given) ? given : []
  const texts = list.filter((each): each is string => typeof each === 'string' && token.test(each))
  if (texts.length === 0 || texts.length !== list.length) {
    throw invalid(`${name} must be one or more of visible ASCII without quotes and backslashes`)
  }
  return texts
}

/** Throws `scope_insufficient` (403) or `step_up_required` (401), with what the challenge has to say. `now` in epoch milliseconds. */
export function checkRequirements(access: Access, required: CheckedRequirements, now: number): void {
  if (required.firstPartyOnly && access.client !== firstParty) {
    throw new LatchkeyError('scope_insufficient', { detail: 'the route is not for registered clients' })
  }
  // The scope first: a stronger sign-in would not bring what the user may not do.
  const granted = access.scope?.split(' ') ?? []
  if (!required.scope.every((each) => granted.includes(each))) {
    throw new LatchkeyError('scope_insufficient', { challenge: { scope: required.scope.join(' ') } })
  }
  const strong = required.acr.length === 0 || (access.acr !== null && required.acr.includes(access.acr))
  if (strong && now - access.authTime <= required.maxAgeMs) return
  throw new LatchkeyError('step_up_required', { challenge: required.stepUp })
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)
