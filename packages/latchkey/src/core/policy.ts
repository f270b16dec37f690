// Every lifetime and limit of a deployment, decided once: names, defaults, ranges and the relations between them.
// The table below is also what docs/options.md is generated from.

import { MisuseError } from './errors.ts'

/** One numeric option. */
export interface PolicyField {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly says: string
}

const day = 86_400

/** Nodes of one deployment may disagree about the time by this much. */
export const clockToleranceMs = 2000

/** The names of the numeric options. */
export type PolicyName =
  | 'accessSeconds'
  | 'idleSeconds'
  | 'absoluteSeconds'
  | 'leewaySeconds'
  | 'maxSessions'
  | 'storeDeadlineSeconds'
  | 'hookSeconds'
  | 'retentionSeconds'
  | 'maxFeedAgeSeconds'
  | 'maxCachedTokens'
  | 'maxRevocations'

/** The numeric options of `createLatchkey`. Times are in seconds. */
export const policyFields: Readonly<Record<PolicyName, PolicyField>> = {
  accessSeconds: { default: 600, min: 5, max: day, says: 'Life of an access token.' },
  idleSeconds: {
    default: 14 * day,
    min: 60,
    max: 400 * day,
    says: 'A session that is not renewed for this long ends.',
  },
  absoluteSeconds: {
    default: 30 * day,
    min: 60,
    max: 400 * day,
    says: 'A session ends this long after sign-in, however busy.',
  },
  leewaySeconds: {
    default: 10,
    min: 0,
    max: 60,
    says: 'A plain session accepts the token before the newest for this long after the rotation; 0 for never.',
  },
  maxSessions: { default: 100, min: 1, max: 10_000, says: 'Live sessions of one user.' },
  storeDeadlineSeconds: { default: 5, min: 1, max: 30, says: 'A store call that takes longer is given up: 503.' },
  hookSeconds: { default: 2, min: 1, max: 30, says: 'The `renew` hook may take this long; longer is 503.' },
  retentionSeconds: {
    default: day,
    min: 600,
    max: 400 * day,
    says: 'Ended sessions stay in the store for this long, then `sweep` deletes them.',
  },
  maxFeedAgeSeconds: {
    default: 120,
    min: 60,
    max: 3600,
    says: 'A node that has not heard from its store for this long is not ready, and does what `whenFeedLost` says.',
  },
  maxCachedTokens: {
    default: 10_000,
    min: 0,
    max: 1_000_000,
    says: 'Verified access tokens remembered, so that each is verified once.',
  },
  maxRevocations: {
    default: 100_000,
    min: 1,
    max: 10_000_000,
    says: 'Revoked sessions remembered; beyond it, the store is asked.',
  },
}

export type PolicyOptions = { readonly [Name in PolicyName]?: number }

/** What to do with a sign-in beyond `maxSessions`: end the oldest session, or refuse the new one. */
export type WhenFull = 'evict' | 'refuse'

/**
 * What a node does with access tokens when it has not heard of revocations for `maxFeedAgeSeconds`: ask the store about
 * each session, which is 503 while the store is away, or go on by what it knows.
 */
export type WhenFeedLost = 'ask' | 'serve'

/** The same, checked, in milliseconds. */
export interface Policy {
  readonly accessMs: number
  readonly idleMs: number
  readonly absoluteMs: number
  readonly leewayMs: number
  readonly maxSessions: number
  readonly whenFull: WhenFull
  readonly storeDeadlineMs: number
  readonly hookMs: number
  readonly retentionMs: number
  /** Readiness ends here, whatever is done then. */
  readonly maxFeedAgeMs: number
  readonly whenFeedLost: WhenFeedLost
  readonly maxCachedTokens: number
  readonly maxRevocations: number
  /** Nodes of one deployment may disagree about the time by this much. */
  readonly clockToleranceMs: number
  /** A proof's nonce is good for this long. */
  readonly nonceLifeMs: number
  /** A revoked session is remembered for this long: no access token of it can be alive afterwards. */
  readonly revocationLifeMs: number
}

/** Checks the options and their relations. Throws `option_invalid`, naming the option. */
export function createPolicy(
  options: PolicyOptions & {
    readonly whenFull?: WhenFull
    readonly whenFeedLost?: WhenFeedLost
    readonly renew?: unknown
  },
): Policy {
  const read = (name: PolicyName): number => checked(name, options)
  const whenFull = Object.hasOwn(options, 'whenFull') ? (options.whenFull ?? 'evict') : 'evict'
  if (whenFull !== 'evict' && whenFull !== 'refuse') throw invalid('whenFull must be "evict" or "refuse"')
  const whenFeedLost = Object.hasOwn(options, 'whenFeedLost') ? (options.whenFeedLost ?? 'ask') : 'ask'
  if (whenFeedLost !== 'ask' && whenFeedLost !== 'serve') throw invalid('whenFeedLost must be "ask" or "serve"')
  const accessMs = read('accessSeconds') * 1000
  const policy: Policy = {
    accessMs,
    idleMs: read('idleSeconds') * 1000,
    absoluteMs: read('absoluteSeconds') * 1000,
    leewayMs: read('leewaySeconds') * 1000,
    maxSessions: read('maxSessions'),
    whenFull,
    storeDeadlineMs: read('storeDeadlineSeconds') * 1000,
    hookMs: read('hookSeconds') * 1000,
    retentionMs: read('retentionSeconds') * 1000,
    maxFeedAgeMs: read('maxFeedAgeSeconds') * 1000,
    whenFeedLost,
    maxCachedTokens: read('maxCachedTokens'),
    maxRevocations: read('maxRevocations'),
    clockToleranceMs,
    nonceLifeMs: Math.max(20 * 60_000, 2 * accessMs),
    // Two nodes that are each within the tolerance of the store are twice as far from each other.
    revocationLifeMs: accessMs + read('storeDeadlineSeconds') * 1000 + 2 * clockToleranceMs,
  }
  checkRelations(policy, Object.hasOwn(options, 'renew') && options.renew !== undefined)
  return policy
}

function checkRelations(policy: Policy, hooked: boolean): void {
  if (policy.accessMs >= policy.idleMs) throw invalid('accessSeconds must be less than idleSeconds')
  if (policy.idleMs > policy.absoluteMs) throw invalid('idleSeconds must not be more than absoluteSeconds')
  if (policy.leewayMs >= policy.accessMs) throw invalid('leewaySeconds must be less than accessSeconds')
  // A rotation that is applied at the last moment must still find its client's other tabs inside the leeway.
  const slowestMs = policy.storeDeadlineMs + (hooked ? policy.hookMs : 0)
  if (policy.leewayMs !== 0 && slowestMs >= policy.leewayMs) {
    const names = hooked ? 'storeDeadlineSeconds and hookSeconds together' : 'storeDeadlineSeconds'
    throw invalid(`${names} must be less than leewaySeconds`)
  }
  if (policy.retentionMs < policy.revocationLifeMs) {
    throw invalid('retentionSeconds must be more than accessSeconds + storeDeadlineSeconds + 2')
  }
}

function checked(name: PolicyName, options: PolicyOptions): number {
  const { default: fallback, min, max } = policyFields[name]
  const value: unknown = Object.hasOwn(options, name) ? (options[name] ?? fallback) : fallback
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalid(`${name} must be an integer from ${min} to ${max}`)
  }
  return value
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)
