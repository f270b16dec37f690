// Mints and opens refresh tokens: 54 bytes that say which session and which generation, and a mac that only the server
// can make. A token is derived from its session's row, never stored (I4); a forged one costs no store access.
// The transport stands in it, so that a token begun out of script's reach is refused within it (I9). Layout and test
// vectors: docs/protocol.md.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { KeyRing, RefreshRoot } from './key-ring.ts'
import { proofKinds, transports, type ProofKind, type Session, type Transport } from './session.ts'

const pattern = /^lkr1_[\w-]{72}$/
const prefix = 'lkr1_'
const headBytes = 22
const tokenBytes = 54

/** Whatever stands in an authentic token. */
export interface OpenedToken {
  readonly sid: string
  readonly generation: number
  readonly proof: ProofKind
  readonly transport: Transport
  readonly root: RefreshRoot
}

/** `kid_unknown`: well formed, but made with a key that this node does not have. */
export type Opened =
  | OpenedToken
  | { readonly refused: 'forged' }
  | { readonly refused: 'kid_unknown'; readonly kid: number; readonly claimedSid: string }

/** What a token is derived from. */
export type Mintable = Pick<Session, 'sid' | 'generation' | 'kid' | 'proof' | 'transport' | 'client'>

/** Two length bytes, big-endian, then the bytes themselves, so that no two lists of fields look alike. */
export function lengthPrefixed(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as string)
  const out = Buffer.alloc(2 + bytes.length)
  out.writeUInt16BE(bytes.length, 0)
  out.set(bytes, 2)
  return out
}

/** Mints and opens the refresh tokens of one issuer and one environment. */
export class RefreshTokens {
  readonly #ring: KeyRing
  readonly #context: Buffer
  /** The constant start of the mac's text, by client; bounded, because a client's name comes from the request. */
  readonly #starts = new Map<string, Buffer>()

  constructor(ring: KeyRing, issuer: string, environment: Uint8Array) {
    this.#ring = ring
    this.#context = Buffer.concat([
      Buffer.from('latchkey/refresh/v1\0'),
      lengthPrefixed(issuer),
      lengthPrefixed(environment),
    ])
  }

  /** The one token of this session and generation. */
  mint(session: Mintable): string {
    const root = this.#ring.roots.get(session.kid)
    if (root === undefined) throw new Error(`no refresh key ${session.kid}`)
    const bytes = Buffer.alloc(tokenBytes)
    bytes[0] = proofKinds.indexOf(session.proof) | (transports.indexOf(session.transport) << 2)
    bytes.write(session.sid, 1, 'hex')
    bytes.writeUInt32BE(session.generation, 17)
    bytes[21] = session.kid
    bytes.set(this.#mac(root, session.client, bytes), headBytes)
    return prefix + bytes.toString('base64url')
  }

  /** Says whether a token is authentic, came from this client and by this transport (any, where none is named); touches no store. */
  open(token: string, client: string, transport?: Transport): Opened {
    if (typeof token !== 'string' || !pattern.test(token)) return { refused: 'forged' }
    // 72 characters are exactly 54 bytes, so no two texts decode to one token.
    const bytes = Buffer.from(token.slice(prefix.length), 'base64url')
    const kid = bytes.readUInt8(21)
    const root = this.#ring.roots.get(kid)
    if (root === undefined) return { refused: 'kid_unknown', kid, claimedSid: bytes.toString('hex', 1, 17) }
    if (!timingSafeEqual(this.#mac(root, client, bytes), bytes.subarray(headBytes))) return { refused: 'forged' }
    const flags = bytes.readUInt8(0)
    const proof = proofKinds[flags & 0b11]
    const generation = bytes.readUInt32BE(17)
    const made = transports[(flags >> 2) & 0b11]
    const wellFormed = flags >> 4 === 0 && generation > 0 && (transport === undefined || transport === made)
    if (proof === undefined || made === undefined || !wellFormed) return { refused: 'forged' }
    return { sid: bytes.toString('hex', 1, 17), generation, proof, transport: made, root }
  }

  #mac(root: RefreshRoot, client: string, bytes: Buffer): Buffer {
    return createHmac('sha256', root.refresh).update(this.#start(client)).update(bytes.subarray(0, headBytes)).digest()
  }

  #start(client: string): Buffer {
    const known = this.#starts.get(client)
    if (known !== undefined) return known
    const start = Buffer.concat([this.#context, lengthPrefixed(client)])
    if (this.#starts.size < 1000) this.#starts.set(client, start)
    return start
  }
}
