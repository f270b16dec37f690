// Notes in the audit trail from when a key is used, whoever made it: the schedule of kept keys, an operator, or the first
// start. Every node sees it and tells it; by its id it is one row. Keys that nobody has timed (a key file,
// LATCHKEY_KEYS) are changed by their owner outside, and are not seen here.

import type { Latchkey, ListedKey } from 'latchkey'
import type { AuditTrail } from './trail.ts'

/** A way to note keys that have come into use since it was last called. Rejects with what the database says. */
export function createKeyNotes(
  latchkey: Pick<Latchkey, 'keys' | 'now'>,
  audit: Pick<AuditTrail, 'writeFact'>,
): () => Promise<void> {
  const noted = new Set<string>()
  return async () => {
    const now = latchkey.now()
    for (const key of latchkey.keys()) {
      if (key.usedFrom === 0 || key.usedFrom > now || noted.has(nameOf(key))) continue
      const { use, kid, usedFrom: at } = key
      await audit.writeFact(nameOf(key), { at, event: 'key_in_use', details: { use, kid } }, now)
      noted.add(nameOf(key))
    }
  }
}

const nameOf = ({ use, kid, usedFrom }: ListedKey): string => `${use} ${kid} ${usedFrom}`
