// The tokens, keys, nonces and proofs of docs/protocol.md, written from its text alone: node:crypto and nothing of the
// library. It is what a client or a server in another language would be, and vectors.test.ts holds the vectors against it.

import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'

interface Ids {
  readonly sid: string
  readonly kid: number
}

export interface TokenParts extends Ids {
  readonly generation: number
  readonly proof: string
  readonly transport: string
  readonly client: string
}

/** What docs/vectors.json holds. */
export interface Vectors {
  readonly issuer: string
  readonly environment: string
  readonly nonceLifeMinutes: number
  readonly keys: readonly {
    readonly kid: number
    readonly root: string
    readonly refreshKey: string
    readonly nonceKey: string
    readonly fingerprint: string
  }[]
  readonly tokens: readonly (TokenParts & {
    readonly name: string
    readonly head: string
    readonly mac: string
    readonly token: string
  })[]
  readonly refusedTokens: readonly {
    readonly name: string
    readonly token: string
    readonly client: string
    readonly transport: string
    readonly judgement: string
  }[]
  readonly sessionKeys: readonly (Ids & { readonly sessionKey: string; readonly publicId: string })[]
  readonly nonces: readonly (Ids & { readonly nowMs: number; readonly nonce: string })[]
  readonly proofs: readonly (Ids & {
    readonly name: string
    readonly token: string
    readonly nowMs: number
    readonly text?: string
    readonly header: string
    readonly judgement: string
  })[]
}

const text = readFileSync(new URL('../../docs/vectors.json', import.meta.url), 'utf8')

export const vectors: Vectors = JSON.parse(text) as Vectors

export const hmac = (key: Uint8Array, ...parts: readonly (string | Uint8Array)[]): Buffer => {
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** RFC 5869, for 32 bytes: one block. */
const hkdf = (secret: Uint8Array, salt: Uint8Array, info: Uint8Array): Buffer =>
  hmac(hmac(salt.length === 0 ? Buffer.alloc(32) : salt, secret), info, Buffer.from([1]))

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8')
export const hex = (text: string): Buffer => Buffer.from(text, 'hex')
export const base64url = (bytes: Buffer): string =>
  bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

function lp(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes])
}

const roots = new Map(vectors.keys.map(({ kid, root }) => [kid, Buffer.from(root, 'base64url')]))
export const keyOf = (kid: number, info: string): Buffer => hkdf(roots.get(kid)!, Buffer.alloc(0), utf8(info))
const context = Buffer.concat([lp(utf8(vectors.issuer)), lp(hex(vectors.environment))])

export const macOf = (head: Buffer, client: string): Buffer =>
  hmac(keyOf(head[21]!, 'latchkey/refresh-key/v1'), 'latchkey/refresh/v1\0', context, lp(utf8(client)), head)

const proofs = ['plain', 'session_key', 'dpop', 'device_bound']
const transports = ['body', 'cookie', 'header']

export function headOf({ sid, generation, kid, proof, transport }: TokenParts): Buffer {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(generation)
  const flags = proofs.indexOf(proof) + 4 * transports.indexOf(transport)
  return Buffer.concat([Buffer.from([flags]), hex(sid), count, Buffer.from([kid])])
}

export function judgeToken(token: string, client: string, transport: string): string {
  if (!token.startsWith('lkr1_') || !/^[A-Za-z0-9_-]{72}$/.test(token.slice(5)) || token.length !== 77) return 'forged'
  const bytes = Buffer.from(token.slice(5), 'base64url')
  const head = bytes.subarray(0, 22)
  if (!roots.has(head[21]!)) return 'kid_unknown'
  if (!macOf(head, client).equals(bytes.subarray(22))) return 'forged'
  const flags = head[0]!
  const fits = flags < 16 && transports[flags >> 2] === transport && head.readUInt32BE(17) > 0
  return fits ? 'right' : 'forged'
}

export const sessionKeyOf = (sid: string, kid: number): Buffer =>
  hkdf(roots.get(kid)!, hex(sid), Buffer.concat([utf8('latchkey/session-key/v1\0'), context]))

export const publicIdOf = (sid: string, kid: number): string => {
  const mac = hmac(keyOf(kid, 'latchkey/public-id-key/v1'), 'latchkey/public-id/v1\0', hex(sid))
  return base64url(mac.subarray(0, 16))
}

export function nonceBytes(sid: string, kid: number, minutes: number): Buffer {
  const count = Buffer.alloc(4)
  count.writeUInt32BE(minutes)
  const mac = hmac(keyOf(kid, 'latchkey/nonce-key/v1'), 'latchkey/nonce/v1\0', hex(sid), count)
  return Buffer.concat([count, mac.subarray(0, 16)])
}

export function proofTextOf(nonce: string, token: string): string {
  const hash = token === '' ? '' : base64url(createHash('sha256').update(token).digest())
  return ['latchkey/proof/v1', 'refresh', nonce, hash].join('\n')
}

export function headerOf(sid: string, kid: number, nowMs: number, token: string): string {
  const nonce = base64url(nonceBytes(sid, kid, Math.floor(nowMs / 60_000)))
  return `v1.${nonce}.${base64url(hmac(sessionKeyOf(sid, kid), proofTextOf(nonce, token)))}`
}

export function judgeProof({ header, token, sid, kid, nowMs }: Vectors['proofs'][number]): string {
  const [version, nonce = '', mac = '', ...rest] = header.split('.')
  if (version !== 'v1' || rest.length > 0) return 'wrong'
  const bytes = Buffer.from(nonce, 'base64url')
  // One spelling each: what decodes to the same bytes and is written in another way is wrong.
  if (bytes.length !== 20 || base64url(nonceBytes(sid, kid, bytes.readUInt32BE(0))) !== nonce) return 'wrong'
  if (base64url(hmac(sessionKeyOf(sid, kid), proofTextOf(nonce, token))) !== mac) return 'wrong'
  const age = Math.floor(nowMs / 60_000) - bytes.readUInt32BE(0)
  return age >= -1 && age <= vectors.nonceLifeMinutes ? 'right' : 'stale'
}
