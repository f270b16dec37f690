// What accounts and addresses are called in the keys of counters: digests under a key of the deployment. Of a copy of the
// store alone nobody can tell who tried what from where, not even by trying all names and addresses (PR-1, I4).

import { createHmac } from 'node:crypto'
import type { Latchkey } from '../../index.ts'

/** A name for what these parts say: 43 characters, the same on every node, and another after the refresh keys were changed. */
export function countedName(latchkey: Pick<Latchkey, 'deriveKeys'>, ...parts: readonly string[]): string {
  const [key] = latchkey.deriveKeys('throttle')
  if (key === undefined) throw new Error('the deployment has no key')
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url')
}
