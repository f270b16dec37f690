// What the test vectors are made of: fixed secrets that protect nothing, fixed sessions, and the real code of the core
// set up with them.

import { generateKeys } from 'latchkey'
import { createKeyRing, type KeyRing, type RefreshRoot } from '../../packages/latchkey/dist/core/key-ring.js'
import { RefreshTokens, type Mintable } from '../../packages/latchkey/dist/core/refresh-token.js'
import { SessionKeys } from '../../packages/latchkey/dist/core/session-key.js'

const counting = (first: number, length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, index) => first + index))

export const issuer = 'https://login.example.com'
export const environment: Buffer = counting(0xe0, 16)
export const nonceLifeMinutes = 20
/** 2026-01-02 03:04:05.678 UTC. */
export const nowMs: number = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
export const minuteMs = 60_000

/** Two roots; the second is longer than it must be. */
export const refreshKeys = [
  { kid: 1, root: counting(0x00, 32).toString('base64url') },
  { kid: 255, root: counting(0x40, 48).toString('base64url') },
] as const

// Only the refresh keys matter here; a key ring wants a signing key too.
export const ring: KeyRing = createKeyRing({ refresh: refreshKeys, signing: generateKeys().signing })

export const tokens: RefreshTokens = new RefreshTokens(ring, issuer, environment)
export const sessionKeys: SessionKeys = new SessionKeys(issuer, environment, nonceLifeMinutes * minuteMs)

export function rootOf(kid: number): RefreshRoot {
  const root = ring.roots.get(kid)
  if (root === undefined) throw new Error(`the vectors have no refresh key ${kid}`)
  return root
}

/** A session, as far as a token is derived from it. */
export const session: Mintable = {
  sid: '019b7cc0a1b274c3a4d5e6f708192a3b',
  generation: 1,
  kid: 1,
  proof: 'plain',
  transport: 'body',
  client: 'first-party',
}

export const keyed: Mintable = { ...session, proof: 'session_key' }
export const otherSid = '019b7cc0ffff7fffbfffffffffffffff'
