// When keys come and go, as pure functions of a key set and an instant: a new key is listed before it is used, by long
// enough for every node to know it, and an old one is kept until nothing that was made with it can be alive.

import { clockToleranceMs, policyFields } from '../core/policy.ts'
import type { KeySet, KeyTimes, RefreshKey, SigningKey } from '../core/key-ring.ts'

const dayMs = 86_400_000
// The longest lives that any deployment may choose: whatever the settings were, nothing older can be alive.
const accessMs = policyFields.accessSeconds.max * 1000
const sessionMs = policyFields.absoluteSeconds.max * 1000

export interface KeySchedule {
  /** How long a new key is known before it is used, in milliseconds. */
  readonly leadMs: number
  /** How long a signing key is used, in days; 0 for ever. */
  readonly rotateDays: number
}

/** Whether it is time for the next signing key. */
export function isDue({ signing: [newest] }: KeySet, { rotateDays, leadMs }: KeySchedule, now: number): boolean {
  if (rotateDays === 0 || newest === undefined) return false
  return now >= (newest.usedFrom ?? 0) + rotateDays * dayMs - leadMs
}

export interface NewKeys {
  readonly signing?: SigningKey
  readonly refresh?: RefreshKey
}

/** The set with new keys at the head, to be used after the lead, and without those that nothing needs any more. */
export function withNew(keys: KeySet, { signing, refresh }: NewKeys, { leadMs }: KeySchedule, now: number): KeySet {
  const usedFrom = now + leadMs
  return {
    signing: followed(keys.signing, signing, usedFrom, accessMs, now),
    refresh: followed(keys.refresh, refresh, usedFrom, sessionMs, now),
  }
}

/** Whether a key of the set has outlived all that was made with it. */
export const hasDead = ({ signing, refresh }: KeySet, now: number): boolean =>
  [...signing, ...refresh].some((key) => isDead(key, now))

function followed<Key extends KeyTimes>(
  keys: readonly Key[],
  next: Key | undefined,
  usedFrom: number,
  lifeMs: number,
  now: number,
): Key[] {
  const alive = keys.filter((key) => !isDead(key, now))
  if (next === undefined) return alive
  // Nodes that lag, in clock and in knowledge, may use the old key a little longer.
  const until = usedFrom + lifeMs + 60_000 + clockToleranceMs
  return [{ ...next, usedFrom }, ...alive.map((key) => (key.until === undefined ? { ...key, until } : key))]
}

const isDead = ({ until }: KeyTimes, now: number): boolean => until !== undefined && until < now
