// The session key: a secret that a client gets once, at sign-in, and proves with every refresh, so that a copied
// refresh token is worth nothing. It is derived from the session's id, never stored (I4). The server's nonce makes
// the client's clock irrelevant and proofs impossible to make ahead. Texts and vectors: docs/protocol.md.

import { createHash, createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { RefreshRoot } from './key-ring.ts'
import { lengthPrefixed } from './refresh-token.ts'

const minuteMs = 60_000
const pattern = /^v1\.([\w-]{27})\.([\w-]{43})$/

export type ProofJudgement = 'right' | 'wrong' | 'stale'

/** Derives session keys and nonces, and checks proofs, for one issuer and one environment. */
export class SessionKeys {
  readonly #info: Buffer
  readonly #nonceLifeMinutes: number

  constructor(issuer: string, environment: Uint8Array, nonceLifeMs: number) {
    this.#info = Buffer.concat([
      Buffer.from('latchkey/session-key/v1\0'),
      lengthPrefixed(issuer),
      lengthPrefixed(environment),
    ])
    this.#nonceLifeMinutes = Math.ceil(nonceLifeMs / minuteMs)
  }

  /** The session's key, 43 characters of base64url, as the client gets it once. */
  keyOf(root: RefreshRoot, sid: string): string {
    return this.#derive(root, sid).toString('base64url')
  }

  /** A nonce for this session, good for the nonce's life from `now`. */
  nonce(root: RefreshRoot, sid: string, now: number): string {
    return nonceOf(root, sid, Math.floor(now / minuteMs)).toString('base64url')
  }

  /**
   * Judges a `Latchkey-Proof` header. `token` is the refresh token's text, or empty where the client's script cannot
   * see it (cookie mode). The mac is checked before the age, so `stale` is said only to the holder of the key.
   */
  judge(header: string, token: string, root: RefreshRoot, sid: string, now: number): ProofJudgement {
    const [, nonce, mac] = pattern.exec(header) ?? []
    if (nonce === undefined || mac === undefined) return 'wrong'
    const bytes = canonical(nonce, 20)
    const given = canonical(mac, 32)
    if (bytes === null || given === null) return 'wrong'
    const minutes = bytes.readUInt32BE(0)
    if (!timingSafeEqual(nonceOf(root, sid, minutes), bytes)) return 'wrong'
    const key = createSecretKey(this.#derive(root, sid))
    if (!timingSafeEqual(createHmac('sha256', key).update(proofText(nonce, token)).digest(), given)) return 'wrong'
    const age = Math.floor(now / minuteMs) - minutes
    // One minute ahead is another node's clock; more is not ours to believe.
    return age >= -1 && age <= this.#nonceLifeMinutes ? 'right' : 'stale'
  }

  #derive(root: RefreshRoot, sid: string): Buffer {
    return Buffer.from(hkdfSync('sha256', root.root, Buffer.from(sid, 'hex'), this.#info, 32))
  }
}

/** The text that a proof signs. */
export function proofText(nonce: string, token: string): string {
  const hash = token === '' ? '' : createHash('sha256').update(token).digest('base64url')
  return `latchkey/proof/v1\nrefresh\n${nonce}\n${hash}`
}

function nonceOf(root: RefreshRoot, sid: string, minutes: number): Buffer {
  const bytes = Buffer.alloc(20)
  bytes.writeUInt32BE(minutes, 0)
  const text = Buffer.concat([Buffer.from('latchkey/nonce/v1\0'), Buffer.from(sid, 'hex'), bytes.subarray(0, 4)])
  bytes.set(createHmac('sha256', root.nonce).update(text).digest().subarray(0, 16), 4)
  return bytes
}

// Node decodes base64url leniently; a text that is not the one spelling of its bytes is refused.
function canonical(text: string, length: number): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === length && bytes.toString('base64url') === text ? bytes : null
}
