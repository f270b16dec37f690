// Which proofs were used before (RFC 9449 s11.1). Remembered by key, URL and id, never by the proof's characters: one
// signature has several spellings, and the same proof with another one is still the same proof (attack 11). Only a
// digest is kept, and only for as long as the proof could be accepted (I7).

import { createHash } from 'node:crypto'
import { clockToleranceMs, LatchkeyError, type Latchkey } from '../../index.ts'
import { windowMs } from './proof-claims.ts'

// From the earliest moment at which a proof is taken to the last; two nodes differ by twice the tolerance, and the store
// counts by either's clock. A proof with a nonce is taken for less: seven minutes, whatever its iat says (nonces.ts).
const lifeMs = 2 * windowMs + 3 * clockToleranceMs
/** A node that remembers by itself keeps this many. */
const maxRemembered = 100_000

/** Uses a proof up; false where it had been used before. */
export type Spend = (proof: string) => Promise<boolean>

/** The name under which a proof is remembered. */
export const proofName = (thumbprint: string, uri: string, id: string): string =>
  createHash('sha256').update(`${thumbprint}\n${uri}\n${id}`).digest('base64url')

/** For all nodes, in the store. Rejects with `store_unavailable`. */
export function sharedReplays(latchkey: Latchkey): Spend {
  return async (proof) => {
    const { count } = await latchkey.mark({ key: `dpop:${proof}`, add: 1, lifeMs })
    return count === 1
  }
}

/** For this node alone. Rejects with `overloaded` where there is no room: to forget a proof early would be to let it in twice. */
export function nodeReplays(latchkey: Latchkey, max: number = maxRemembered): Spend {
  // All live equally long, so the first is the first to go.
  const ends = new Map<string, number>()
  return async (proof) => {
    const now = latchkey.now()
    for (const [known, end] of ends) {
      if (end > now) break
      ends.delete(known)
    }
    if (ends.has(proof)) return false
    if (ends.size >= max) throw new LatchkeyError('overloaded', { detail: `${max} proofs are remembered` })
    ends.set(proof, now + lifeMs)
    return true
  }
}
