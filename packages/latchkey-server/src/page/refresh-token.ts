// The public bytes of a refresh token, decoded for showing. Only the server can check the mac, so nothing here
// decides anything but what is drawn. Layout: prefix, then flags 0, session id 1-16, generation 17-20, kid 21, mac 22-53.
import { fromBase64url } from './base64url.ts'

export interface RefreshTokenParts {
  readonly flags: number
  readonly proof: string
  readonly transport: string
  readonly sessionId: string
  readonly generation: number
  readonly kid: number
  readonly mac: string
}

const SHAPE = /^lkr1_[A-Za-z0-9_-]{72}$/
const PROOFS = ['plain', 'session key', 'DPoP', 'device-bound']
const TRANSPORTS = ['body', 'cookie', 'header']

/** Undefined: not a refresh token of this version. */
export function decodeRefreshToken(text: string): RefreshTokenParts | undefined {
  if (!SHAPE.test(text)) return undefined
  const bytes = fromBase64url(text.slice('lkr1_'.length))
  const view = new DataView(bytes.buffer)
  const flags = view.getUint8(0)
  return {
    flags,
    proof: PROOFS[flags & 3] ?? 'unknown',
    transport: TRANSPORTS[(flags >> 2) & 3] ?? 'unknown',
    sessionId: hex(bytes.subarray(1, 17)),
    generation: view.getUint32(17),
    kid: view.getUint8(21),
    mac: hex(bytes.subarray(22)),
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
