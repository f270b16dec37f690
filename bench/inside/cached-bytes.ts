// What a remembered token keeps alive: heap in use before and after 10,000 tokens that come as headers do and are
// forgotten by everybody but the cache.

import { createEngine, Headers, heapBytes, sessionTokens } from './tokens.ts'

export interface CachedBytes {
  readonly bytesPerToken: number
  readonly charactersOfToken: number
}

const count = 10_000

export async function cachedBytes(): Promise<CachedBytes> {
  // Room for all in one of the cache's two generations, so that looking for them afterwards moves nothing.
  const { latchkey } = await createEngine({ maxCachedTokens: 2 * count })
  const headers = new Headers(await sessionTokens(latchkey, count))
  // The first verifications load code and make shapes; they are not the tokens' doing.
  const warm = await createEngine()
  for (const token of await sessionTokens(warm.latchkey, 200)) await warm.latchkey.verify(token)
  const before = heapBytes()
  for (let index = 0; index < count; index += 1) await latchkey.verify(headers.token(index))
  const grown = heapBytes() - before
  for (let index = 0; index < count; index += 1) {
    if (latchkey.seen(headers.token(index)) === undefined) throw new Error('a token was forgotten')
  }
  return { bytesPerToken: grown / count, charactersOfToken: headers.token(0).length }
}
