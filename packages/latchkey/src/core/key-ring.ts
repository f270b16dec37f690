// Holds a deployment's keys, checked and ready to use: the roots from which every refresh token, session key and nonce
// is derived, and the key pairs that sign access tokens. The newest of each list comes first; one is in use at a time,
// those before it are known ahead of their time, those after it are retired and only verify. Keys are KeyObjects
// throughout: a Buffer as an HMAC key costs six times as much.

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

/** When a key is used for what is new, and until when it may have to verify. */
export interface KeyTimes {
  /** Epoch milliseconds; from the beginning, where nothing is said. */
  readonly usedFrom?: number
  /** Epoch milliseconds: afterwards nothing that was made with it can be alive. For ever, where nothing is said. */
  readonly until?: number
}

/** A root secret for refresh tokens. */
export interface RefreshKey extends KeyTimes {
  /** 0 to 255; stands in every token made with it. */
  readonly kid: number
  /** At least 32 random bytes, base64url. */
  readonly root: string
}

/** A key pair for access tokens. */
export interface SigningKey extends KeyTimes {
  /** 1 to 128 of `A-Z a-z 0-9 _ -`. */
  readonly kid: string
  readonly alg: SigningAlgorithm
  /** The private key as a JWK: EC P-256 for ES256, OKP Ed25519 for EdDSA and Ed25519, RSA of 2048 bits or more for RS256. */
  readonly privateJwk: JWK
}

/** A deployment's secrets, the newest first: the first key of each list whose time has come is in use. */
export interface KeySet {
  readonly refresh: readonly RefreshKey[]
  readonly signing: readonly SigningKey[]
}

interface Timed {
  readonly usedFrom: number
  readonly until: number | null
}

/** One refresh key, with the keys derived from it. */
export interface RefreshRoot extends Timed {
  readonly kid: number
  readonly root: KeyObject
  readonly refresh: KeyObject
  readonly nonce: KeyObject
  readonly publicId: KeyObject
  /** Tells two roots apart without telling anything of either. */
  readonly fingerprint: string
}

/** One signing key. */
export interface Signer extends Timed {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** The keys as they stand; replaced as a whole where they are kept elsewhere and have changed there. */
export class KeyRing {
  #roots: ReadonlyMap<number, RefreshRoot>
  #signers: ReadonlyMap<string, Signer>

  /** Throws `keys_invalid`, which names the key and never shows it. */
  constructor(keys: KeySet) {
    this.#roots = byKid(keys.refresh.map(openRoot), 'keys.refresh')
    this.#signers = byKid(keys.signing.map(openSigner), 'keys.signing')
  }

  get roots(): ReadonlyMap<number, RefreshRoot> {
    return this.#roots
  }

  get signers(): ReadonlyMap<string, Signer> {
    return this.#signers
  }

  /** The key for new sessions. */
  activeRoot(now: number): RefreshRoot {
    return inUse(this.#roots, now)
  }

  /** The key that signs now. */
  activeSigner(now: number): Signer {
    return inUse(this.#signers, now)
  }

  /** Takes over what another ring holds. */
  become(other: KeyRing): void {
    this.#roots = other.roots
    this.#signers = other.signers
  }
}

// Where a clock runs behind the very first key, that key has to do.
function inUse<Key extends Timed>(keys: ReadonlyMap<unknown, Key>, now: number): Key {
  let key: Key | undefined
  for (key of keys.values()) if (key.usedFrom <= now) return key
  if (key === undefined) throw new Error('a ring without keys')
  return key
}

/** Checks a key set and makes it ready. Throws `keys_invalid`, which names the key and never shows it. */
export const createKeyRing = (keys: KeySet): KeyRing => new KeyRing(keys)

const invalid = (message: string): MisuseError => new MisuseError('keys_invalid', message)

function byKid<Kid, Key extends { readonly kid: Kid }>(keys: readonly Key[], list: string): Map<Kid, Key> {
  if (keys.length === 0) throw invalid(`${list} holds no key`)
  const map = new Map(keys.map((key) => [key.kid, key]))
  if (map.size !== keys.length) throw invalid(`${list} names one kid twice`)
  return map
}

function openRoot(key: RefreshKey, index: number): RefreshRoot {
  const name = `keys.refresh[${index}]`
  const { kid, root, ...times } = objectOf(key, name)
  if (!Number.isInteger(kid) || kid < 0 || kid > 255) throw invalid(`${name}.kid must be an integer from 0 to 255`)
  if (typeof root !== 'string' || !/^[\w-]+$/.test(root)) throw invalid(`${name}.root must be base64url`)
  const bytes = Buffer.from(root, 'base64url')
  if (bytes.length < 32) throw invalid(`${name}.root must hold at least 32 bytes`)
  const secret = createSecretKey(bytes)
  const derive = (info: string): KeyObject => createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', info, 32)))
  return {
    kid,
    ...timesOf(times, name),
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
  const { kid, alg, privateJwk, ...times } = objectOf(key, name)
  if (typeof kid !== 'string' || !/^[\w-]{1,128}$/.test(kid)) {
    throw invalid(`${name}.kid must be 1 to 128 letters, digits, "_" or "-"`)
  }
  if (!signingAlgorithms.includes(alg)) throw invalid(`${name}.alg must be one of ${signingAlgorithms.join(', ')}`)
  const privateKey = privateKeyOf(privateJwk, name)
  if (!fits(privateKey, alg)) throw invalid(`${name}.privateJwk is not a key for ${alg}`)
  const publicKey = createPublicKey(privateKey)
  if (!isPair(privateKey, publicKey)) throw invalid(`${name}.privateJwk holds the halves of two different keys`)
  return { kid, alg, ...timesOf(times, name), privateKey, publicKey }
}

function timesOf({ usedFrom = 0, until }: KeyTimes, name: string): Timed {
  if (!Number.isSafeInteger(usedFrom) || !(until === undefined || Number.isSafeInteger(until))) {
    throw invalid(`${name}.usedFrom and .until must be instants in epoch milliseconds`)
  }
  return { usedFrom, until: until ?? null }
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
