// Access tokens by the thousand, all different, and the way a token reaches the middleware: as a slice of a string
// that Node has just made of the bytes of a header.

import { createLatchkey, generateKeys, type KeySet, type Latchkey, type PolicyOptions } from 'latchkey'
import { sqliteStore } from 'latchkey/sqlite'
import { issuer } from '../server/cases.ts'
import { beginSessions } from '../server/seed.ts'

export interface Engine {
  readonly latchkey: Latchkey
  readonly keys: KeySet
}

export async function createEngine(policy: PolicyOptions = {}): Promise<Engine> {
  const keys = generateKeys()
  return { keys, latchkey: await createLatchkey({ issuer, keys, store: sqliteStore(':memory:'), ...policy }) }
}

/** Headers outside the JavaScript heap; each reading makes new strings, as each request does. */
export class Headers {
  readonly #bytes: Buffer
  readonly #length: number
  readonly count: number

  constructor(tokens: readonly string[]) {
    const headers = tokens.map((token) => `Bearer ${token}`)
    const [first = ''] = headers
    if (headers.some(({ length }) => length !== first.length)) throw new Error('tokens of different lengths')
    this.#bytes = Buffer.from(headers.join(''), 'latin1')
    this.#length = first.length
    this.count = headers.length
  }

  /** As express/carrier.ts takes it out of the header. */
  token(index: number): string {
    const start = index * this.#length
    return this.#bytes
      .toString('latin1', start, start + this.#length)
      .slice(7)
      .trim()
  }
}

/** Tokens of as many sessions. */
export async function sessionTokens(latchkey: Latchkey, count: number): Promise<string[]> {
  const begun = await beginSessions(latchkey, count, 'plain')
  return begun.map(({ accessToken }) => accessToken)
}

/** Heap in use after a full collection, in bytes. Needs `--expose-gc`. */
export function heapBytes(): number {
  if (globalThis.gc === undefined) throw new Error('start this with --expose-gc')
  for (let pass = 0; pass < 3; pass += 1) globalThis.gc()
  return process.memoryUsage().heapUsed
}
