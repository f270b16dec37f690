// The server's nonces for proofs (RFC 9449 s8): no proof can be made ahead, and none is good for long. Every node makes
// and knows them by itself, from a secret of the deployment and the minute; nothing is stored. Those for token routes and
// those for resources come from different secrets, so that neither is taken for the other.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Latchkey } from '../../index.ts'
import { canonicalBytes } from './encoded-json.ts'

const minuteMs = 60_000
/** A nonce is good for this long after the minute in which it was given. */
const lifeMinutes = 5

/** `renewable`: still good, but the next one is due. */
export type NonceJudgement = 'good' | 'renewable' | 'stale'

export interface Nonces {
  /** A nonce of now, 27 characters of base64url. */
  readonly fresh: () => string
  /** Whatever is not one of ours is stale. */
  readonly judge: (nonce: string | undefined) => NonceJudgement
}

/** The nonces of one kind of route, by the engine's clock. They throw `store_unavailable` while it is wrong. */
export function createNonces(latchkey: Latchkey, kind: 'token' | 'resource'): Nonces {
  const keys = (): Buffer[] => latchkey.deriveKeys(`dpop/nonce/${kind}`)
  const minute = (): number => Math.floor(latchkey.now() / minuteMs)
  return {
    fresh: () => {
      const [first] = keys()
      if (first === undefined) throw new Error('no key to make nonces with')
      return nonceOf(first, minute()).toString('base64url')
    },
    judge: (nonce) => {
      const given = nonce === undefined || nonce.length !== 27 ? undefined : canonicalBytes(nonce)
      if (given === undefined) return 'stale'
      const made = given.readUInt32BE(0)
      // A key that is no longer the first was, when the nonce was made.
      if (!keys().some((key) => timingSafeEqual(nonceOf(key, made), given))) return 'stale'
      const age = minute() - made
      // One minute ahead is another node's clock.
      if (age < -1 || age > lifeMinutes) return 'stale'
      return age === 0 ? 'good' : 'renewable'
    },
  }
}

function nonceOf(key: Buffer, minutes: number): Buffer {
  const bytes = Buffer.alloc(20)
  bytes.writeUInt32BE(minutes, 0)
  bytes.set(createHmac('sha256', key).update(bytes.subarray(0, 4)).digest().subarray(0, 16), 4)
  return bytes
}
