// The public halves of the signing keys, as other people's resource servers fetch them (RFC 7517), and how long they may
// keep them: never so long that they miss a key which is already in use.

import type { KeyObject } from 'node:crypto'
import type { JWK } from 'jose'
import type { KeyRing } from './key-ring.ts'

/** Long enough to spare requests, short enough that a key which had to be withdrawn is soon forgotten. */
const longestSeconds = 300
/** Where nobody says how long a key is known before it is used. */
const unknownLeadSeconds = 60

export interface PublicKeys {
  readonly keys: readonly JWK[]
  /** Seconds that a copy may be kept. */
  readonly maxAgeSeconds: number
}

/** Every key that verifies, those that are not in use yet too. `leadMs` as of `KeySource`. */
export function publicKeys(ring: KeyRing, leadMs: number | null): PublicKeys {
  const keys = [...ring.signers.values()].map(({ kid, alg, publicKey }) => ({
    ...membersOf(publicKey),
    kid,
    alg,
    use: 'sig',
  }))
  // Half of the lead: the other half is for the nodes to learn of the key themselves.
  const half = leadMs === null ? unknownLeadSeconds : Math.floor(leadMs / 2000)
  return { keys, maxAgeSeconds: Math.min(longestSeconds, half) }
}

// By name, so that nothing private can slip through whatever node exports one day.
function membersOf(key: KeyObject): JWK {
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' })
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members)
}
