// Holds a deployment's keys, checked and ready to use: the roots from which every refresh token, session key and nonce
// is derived, and the key pairs that sign access tokens. The first of each list is the one in use; the others are
// retired and only verify. Keys are KeyObjects throughout: a Buffer as an HMAC key costs six times as much.

import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hkdfSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import type { JWK } from 'jose'
import { MisuseError } from './errors.ts'

/** The algorithms that may sign access tokens. ES256 is the default; RS256 is for resource servers that know no other. */
export const signingAlgorithms = ['ES256', 'EdDSA', 'Ed25519', 'RS256'] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]

/** A root secret for refresh tokens. */
export interface RefreshKey {
  /** 0 to 255; stands in every token made with it. */
  readonly kid: number
  /** At least 32 random bytes, base64url. */
  readonly root: string
}

/** A key pair for access tokens. */
export interface SigningKey {
  /** 1 to 128 of `A-Z a-z 0-9 _ -`. */
  readonly kid: string
  readonly alg: SigningAlgorithm
  /** The private key as a JWK: EC P-256 for ES256, OKP Ed25519 for EdDSA and Ed25519, RSA of 2048 bits or more for RS256. */
  readonly privateJwk: JWK
}

/** A deployment's secrets. The first key of each list is in use, the others are retired. */
export interface KeySet {
  readonly refresh: readonly RefreshKey[]
  readonly signing: readonly SigningKey[]
}

/** One refresh key, with the keys derived from it. */
export interface RefreshRoot {
  readonly kid: number
  readonly root: KeyObject
  readonly refresh: KeyObject
  readonly nonce: KeyObject
  readonly publicId: KeyObject
  /** Tells two roots apart without telling anything of either. */
  readonly fingerprint: string
}

/** One signing key. */
export interface Signer {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export interface KeyRing {
  readonly activeRoot: RefreshRoot
  readonly roots: ReadonlyMap<number, RefreshRoot>
  readonly activeSigner: Signer
  readonly signers: ReadonlyMap<string, Signer>
}

/** Checks a key set and makes it ready. Throws `keys_invalid`, which names the key and never shows it. */
export function createKeyRing(keys: KeySet): KeyRing {
  const roots = keys.refresh.map(openRoot)
  const signers = keys.signing.map(openSigner)
  const [activeRoot] = roots
  const [activeSigner] = signers
  if (activeRoot === undefined) throw invalid('keys.refresh holds no key')
  if (activeSigner === undefined) throw invalid('keys.signing holds no key')
  return {
    activeRoot,
    roots: byKid(roots, 'keys.refresh'),
    activeSigner,
    signers: byKid(signers, 'keys.signing'),
  }
}

const invalid = (message: string): MisuseError => new MisuseError('keys_invalid', message)

function byKid<Kid, Key extends { readonly kid: Kid }>(keys: readonly Key[], list: string): Map<Kid, Key> {
  const map = new Map(keys.map((key) => [key.kid, key]))
  if (map.size !== keys.length) throw invalid(`${list} names one kid twice`)
  return map
}

function openRoot(key: RefreshKey, index: number): RefreshRoot {
  const name = `keys.refresh[${index}]`
  const { kid, root } = objectOf(key, name)
  if (!Number.isInteger(kid) || kid < 0 || kid > 255) throw invalid(`${name}.kid must be an integer from 0 to 255`)
  if (typeof root !== 'string' || !/^[\w-]+$/.test(root)) throw invalid(`${name}.root must be base64url`)
  const bytes = Buffer.from(root, 'base64url')
  if (bytes.length < 32) throw invalid(`${name}.root must hold at least 32 bytes`)
  const secret = createSecretKey(bytes)
  const derive = (info: string): KeyObject => createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', info, 32)))
  return {
    kid,
    root: secret,
    refresh: derive('latchkey/refresh-key/v1'),
    nonce: derive('latchkey/nonce-key/v1'),
    publicId: derive('latchkey/public-id-key/v1'),
    fingerprint: createHmac('sha256', derive('latchkey/fingerprint-key/v1'))
      .update('latchkey/fingerprint/v1')
      .digest()
      .toString('base64url', 0, 16),
  }
}

function openSigner(key: SigningKey, index: number): Signer {
  const name = `keys.signing[${index}]`
  const { kid, alg, privateJwk } = objectOf(key, name)
  if (typeof kid !== 'string' || !/^[\w-]{1,128}$/.test(kid)) {
    throw invalid(`${name}.kid must be 1 to 128 letters, digits, "_" or "-"`)
  }
  if (!signingAlgorithms.includes(alg)) throw invalid(`${name}.alg must be one of ${signingAlgorithms.join(', ')}`)
  const privateKey = privateKeyOf(privateJwk, name)
  if (!fits(privateKey, alg)) throw invalid(`${name}.privateJwk is not a key for ${alg}`)
  const publicKey = createPublicKey(privateKey)
  if (!isPair(privateKey, publicKey)) throw invalid(`${name}.privateJwk holds the halves of two different keys`)
  return { kid, alg, privateKey, publicKey }
}

// A list read from JSON may hold anything.
function objectOf<Key extends object>(key: Key, name: string): Key {
  if (typeof key !== 'object' || key === null) throw invalid(`${name} must be an object`)
  return key
}

// The public half of a JWK is taken as it is written, so that whether the two belong together shows in use only.
function isPair(privateKey: KeyObject, publicKey: KeyObject): boolean {
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const probe = Buffer.from('latchkey/probe/v1')
  return verify(digest, probe, publicKey, sign(digest, probe, privateKey))
}

function privateKeyOf(jwk: JWK, name: string): KeyObject {
  try {
    return createPrivateKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    // The cause may quote the key; it is not passed on (I4).
    throw invalid(`${name}.privateJwk is not a private key in JWK form`)
  }
}

// node:crypto accepts RSA keys of 512 bits and with an exponent of 1, so both are checked here.
function fits(key: KeyObject, alg: SigningAlgorithm): boolean {
  const details = key.asymmetricKeyDetails
  switch (alg) {
    case 'ES256':
      return key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1'
    case 'EdDSA':
    case 'Ed25519':
      return key.asymmetricKeyType === 'ed25519'
    case 'RS256':
      return (
        key.asymmetricKeyType === 'rsa' &&
        (details?.modulusLength ?? 0) >= 2048 &&
        (details?.publicExponent ?? 0n) >= 65_537n
      )
  }
}
