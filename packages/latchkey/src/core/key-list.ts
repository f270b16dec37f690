// Shows a deployment's keys to whoever looks after them: which are coming, in use and retired, and nothing secret.

import type { KeyRing } from './key-ring.ts'

export interface ListedKey {
  readonly kid: string
  readonly use: 'signing' | 'refresh'
  /** `next` is known but not used yet, `active` is used for what is new, `retired` only verifies. */
  readonly state: 'next' | 'active' | 'retired'
  /** Epoch milliseconds; 0 for from the beginning. */
  readonly usedFrom: number
  /** Epoch milliseconds, after which it is deleted; null for never. */
  readonly until: number | null
}

interface Timed {
  readonly kid: string | number
  readonly usedFrom: number
  readonly until: number | null
}

/** Signing keys, then refresh keys, each the newest first. */
export function listKeys(ring: KeyRing, now: number): ListedKey[] {
  const listed =
    (use: ListedKey['use'], active: Timed) =>
    ({ kid, usedFrom, until }: Timed): ListedKey => {
      const later = usedFrom > now && kid !== active.kid
      return {
        kid: String(kid),
        use,
        state: kid === active.kid ? 'active' : later ? 'next' : 'retired',
        usedFrom,
        until,
      }
    }
  return [
    ...[...ring.signers.values()].map(listed('signing', ring.activeSigner(now))),
    ...[...ring.roots.values()].map(listed('refresh', ring.activeRoot(now))),
  ]
}
