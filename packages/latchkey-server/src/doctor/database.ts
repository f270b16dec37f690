// What the doctor wants to know of a database, whatever its engine; one file for each engine finds it out, and none of
// them changes anything.

import type { Identity } from 'latchkey'
import { Oddity } from './finding.ts'

export interface Examined {
  /** What is there, for people. */
  readonly says: string
  readonly identity: Identity
  /** What works, but not for long or not for everybody. */
  readonly warnings: readonly string[]
  /** The last rotation, in epoch milliseconds; 0 where there is none or nobody can tell. */
  readonly newestRotatedAt: number
}

/** Throws where the database was used by a newer version than this, or must be brought up to date by it. */
export function refuseOther(place: string, schema: number, knownSchema: number): void {
  if (schema > knownSchema) {
    throw new Error(`${place} has schema ${schema}; this version knows ${knownSchema}: use a newer one`)
  }
  if (schema < knownSchema) {
    throw new Oddity(`${place} has schema ${schema}; the next \`latchkey-server serve\` makes it ${knownSchema}`)
  }
}

export const nothingYet = (place: string): Oddity =>
  new Oddity(`${place} holds nothing of Latchkey yet: the first \`latchkey-server serve\` makes it`)
