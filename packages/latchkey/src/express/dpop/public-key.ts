// The public key inside a proof: the only key that is ever taken from what a client sends, so it is looked at member by
// member (RFC 8725 s3.4). Node's importer takes private keys, RSA of 512 bits and an exponent of 1; this does not.

import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { canonicalBytes, type Members } from './encoded-json.ts'
import { refused } from './refusal.ts'

interface Algorithm {
  readonly kty: string
  readonly crv?: string
  /** What the thumbprint covers, in the order of RFC 7638 s3.2. */
  readonly thumbprint: readonly string[]
  /** The members that are numbers, with how many bytes each may have, least and most. */
  readonly numbers: Readonly<Record<string, readonly [number, number]>>
}

const ed25519: Algorithm = { kty: 'OKP', crv: 'Ed25519', thumbprint: ['crv', 'kty', 'x'], numbers: { x: [32, 32] } }
// More than 4096 bits would only make the server work.
const rsa: Algorithm = { kty: 'RSA', thumbprint: ['e', 'kty', 'n'], numbers: { n: [256, 512], e: [3, 3] } }

const algorithms: ReadonlyMap<string, Algorithm> = new Map([
  ['ES256', { kty: 'EC', crv: 'P-256', thumbprint: ['crv', 'kty', 'x', 'y'], numbers: { x: [32, 32], y: [32, 32] } }],
  ['Ed25519', ed25519],
  ['EdDSA', ed25519],
  ['PS256', rsa],
  ['RS256', rsa],
])

/** The algorithms of proofs: all of them asymmetric. */
export const dpopAlgorithms: readonly string[] = [...algorithms.keys()]

/** A key that was checked, for one algorithm. */
export interface ProofKey {
  readonly key: KeyObject
  readonly alg: string
  /** SHA-256 thumbprint (RFC 7638), 43 characters of base64url. */
  readonly thumbprint: string
}

/** Beside the key itself; WebCrypto exports `ext` and `key_ops`. A private key has other members, and is refused. */
const beside = ['kty', 'crv', 'alg', 'use', 'key_ops', 'ext', 'kid']

/** The key of a `jwk` header, for the algorithm of `alg`. Throws `dpop_invalid`. */
export function proofKeyOf(alg: unknown, jwk: unknown): ProofKey {
  const algorithm = typeof alg === 'string' ? algorithms.get(alg) : undefined
  if (algorithm === undefined || typeof alg !== 'string') throw refused('alg is not one of ours')
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) throw refused('jwk is not an object')
  const members: Members = Object.assign(Object.create(null), jwk)
  if (members['kty'] !== algorithm.kty || members['crv'] !== algorithm.crv) throw refused('alg and jwk do not fit')
  checkNames(members, algorithm)
  checkUse(members, alg)
  for (const [name, bytes] of Object.entries(algorithm.numbers)) checkNumber(members[name], name, bytes)
  const named = Object.fromEntries(algorithm.thumbprint.map((name) => [name, String(members[name])]))
  const thumbprint = createHash('sha256').update(JSON.stringify(named)).digest('base64url')
  return { key: imported(named), alg, thumbprint }
}

function checkNames(members: Members, { numbers }: Algorithm): void {
  const fits = (name: string): boolean => beside.includes(name) || Object.hasOwn(numbers, name)
  if (!Object.keys(members).every(fits)) throw refused('jwk has more than a public key')
}

// A key serves one algorithm, and only to verify (RFC 8725 s3.1).
function checkUse({ alg = null, use = null, key_ops: operations = null }: Members, wanted: string): void {
  const fits =
    (alg === null || alg === wanted) &&
    (use === null || use === 'sig') &&
    (operations === null || (Array.isArray(operations) && operations.includes('verify')))
  if (!fits) throw refused('jwk is meant for something else')
}

// One spelling of one number: a second would be a second thumbprint of the same key.
function checkNumber(value: unknown, name: string, [least, most]: readonly [number, number]): void {
  const bytes = typeof value === 'string' ? canonicalBytes(value) : undefined
  if (bytes === undefined || bytes.length < least || bytes.length > most)
    throw refused(`${name} of jwk has another length`)
  if (name === 'n' && !isModulus(bytes)) throw refused('n of jwk is no modulus of 2048 bits')
  // What every library makes; 1 and 3 are the exponents of attacks.
  if (name === 'e' && value !== 'AQAB') throw refused('e of jwk is not 65537')
}

// Odd, without leading zeros, and of 2048 bits at least.
const isModulus = (bytes: Buffer): boolean =>
  (bytes.at(-1) ?? 0) % 2 === 1 && (bytes[0] ?? 0) >= (bytes.length === 256 ? 0x80 : 1)

function imported(jwk: Readonly<Record<string, string>>): KeyObject {
  try {
    // Refuses a point that is not on its curve.
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    throw refused('jwk is no key')
  }
}
