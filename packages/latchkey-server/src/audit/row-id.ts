// The ids of audit rows: UUIDs of version 7 (RFC 9562), so that the primary key is also the order of time, a page
// continues after an id, and retention is one comparison. Their times are the events' own (I6), not the moment of writing.

import { createHash, randomBytes } from 'node:crypto'

/** Rows of one millisecond get numbers; beyond so many, their order is left to chance. */
const maxInMillisecond = 0xfff

/** Gives ids to the rows of one process. */
export class RowIds {
  #at = -1
  #count = 0

  /** The next id for a row of this instant; later ones of the same instant sort behind it. */
  next(at: number): string {
    this.#count = at === this.#at ? Math.min(this.#count + 1, maxInMillisecond) : 0
    this.#at = at
    return idOf(at, this.#count, randomBytes(8))
  }
}

/** Not above any id of this instant, and above every id of the one before. */
export const firstIdAt = (at: number): string => idOf(at, 0, Buffer.alloc(8))

/** The same id for the same fact, whichever node tells it: told twice, it is one row. */
export const idOfFact = (at: number, fact: string): string => {
  const digest = createHash('sha256').update(fact).digest()
  return idOf(at, digest.readUInt16BE(8) & maxInMillisecond, digest.subarray(0, 8))
}

function idOf(at: number, count: number, rest: Buffer): string {
  const time = Math.max(0, at).toString(16).padStart(12, '0').slice(-12)
  const tail = Buffer.from(rest)
  tail[0] = ((tail[0] ?? 0) & 0x3f) | 0x80
  const hex = tail.toString('hex')
  const number = count.toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${number}-${hex.slice(0, 4)}-${hex.slice(4)}`
}
