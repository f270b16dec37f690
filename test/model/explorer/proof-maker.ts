// Makes `Latchkey-Proof` headers as a client does: from the session key, the server's nonce and the refresh token. The
// thief has one too, with a key of his own.

import { createHmac } from 'node:crypto'
import { proofText } from '../../../packages/latchkey/src/core/session-key.ts'
import type { Nonce, Proof, Token } from './server.ts'

export type Maker = (nonce: Nonce, token: Token) => Proof

/** A header; `covered` is the token's text, or empty where the proof cannot cover it. */
export function proofOf(sessionKey: string, nonce: string, covered: string): string {
  const key = Buffer.from(sessionKey, 'base64url')
  return `v1.${nonce}.${createHmac('sha256', key).update(proofText(nonce, covered)).digest('base64url')}`
}

/** `covers`: whether the proof covers the token; `hand` keeps the numbers of two makers apart. */
export function createMaker(sessionKey: string, covers: boolean, hand: 0 | 1): Maker {
  const made = new Map<string, Proof>()
  return (nonce, token) => {
    const asked = covers ? `${nonce.id} ${token.id}` : `${nonce.id}`
    const known = made.get(asked)
    if (known !== undefined) return known
    const header = proofOf(sessionKey, nonce.text, covers ? token.text : '')
    const proof = { header, nonce, id: 1 + made.size * 2 + hand }
    made.set(asked, proof)
    return proof
  }
}
