// Whether memory grows with work: sessions refresh, each new access token is verified and then seen, and after every
// stretch the heap is collected and looked at. The first stretch fills the cache of verified tokens to its bound.

import { memoryStore } from 'latchkey/memory'
import { createLatchkey, generateKeys } from 'latchkey'
import { issuer } from '../server/cases.ts'
import { beginSessions } from '../server/seed.ts'
import { heapBytes } from './tokens.ts'

export interface HeapOverTime {
  readonly refreshes: number
  /** Megabytes (10^6) after each stretch. */
  readonly heap: readonly number[]
}

const sessions = 500
const stretches = 5
const perStretch = 20_000

export async function heapOverTime(): Promise<HeapOverTime> {
  const latchkey = await createLatchkey({ issuer, keys: generateKeys(), store: memoryStore() })
  const begun = await beginSessions(latchkey, sessions, 'plain')
  const tokens = begun.map(({ refreshToken }) => refreshToken)
  const heap: number[] = []
  for (let stretch = 0; stretch < stretches; stretch += 1) {
    for (let index = 0; index < perStretch; index += 1) {
      const at = index % sessions
      const { refreshToken, accessToken } = await latchkey.refresh({ token: tokens[at] ?? '', transport: 'body' })
      tokens[at] = refreshToken
      await latchkey.verify(accessToken)
      if (latchkey.seen(accessToken) === undefined) throw new Error('a token that was just verified is not seen')
    }
    heap.push(heapBytes() / 1e6)
  }
  return { refreshes: stretches * perStretch, heap }
}
