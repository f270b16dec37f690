// Access tokens: RFC 9068 JWTs, signed with node:crypto and verified by jose, each at most once: what was verified is
// remembered under the whole token, so that nothing but the very same characters can profit from it. Verification
// needs no store; whether the session was revoked meanwhile is the engine's question (revocations.ts).

import { sign as signBytes } from 'node:crypto'
import type { JWTHeaderParameters, JWTPayload } from 'jose'
// By their own paths: the whole of jose takes three times as long to load.
import { JOSEError, JWTExpired } from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import { accessOf, type Access } from './access.ts'
import { LatchkeyError } from './errors.ts'
import { signingAlgorithms, type KeyRing, type Signer } from './key-ring.ts'
import type { Policy } from './policy.ts'
import type { Ports } from './ports.ts'
import { expiresAt, type Session } from './session.ts'
import { VerifiedTokens } from './verified-tokens.ts'

/** Longer tokens are refused unread. */
const maxTokenCharacters = 12_288
const compactForm = /^[\w-]+\.[\w-]+\.[\w-]+$/

export interface SignedAccess {
  readonly token: string
  readonly expiresInSeconds: number
}

export interface AccessTokenOptions {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly ring: KeyRing
  /** Called where a token names a key that the ring does not hold: it may have learnt of it meanwhile. */
  readonly learn?: () => Promise<void>
  readonly policy: Policy
  readonly ports: Ports
}

/** Signs and verifies the access tokens of one issuer. */
export class AccessTokens {
  readonly #options: AccessTokenOptions
  readonly #audience: string | readonly string[]
  readonly #verified: VerifiedTokens<Access>
  #signer: Signer | undefined
  #header = ''

  constructor(options: AccessTokenOptions) {
    this.#options = options
    const [only] = options.audience
    this.#audience = options.audience.length === 1 && only !== undefined ? only : options.audience
    this.#verified = new VerifiedTokens(options.policy.maxCachedTokens)
  }

  /** A fresh token for a session; it never outlives the session. */
  sign(session: Session, now: number): SignedAccess {
    const { issuer, ring, policy, ports } = this.#options
    const issuedAt = Math.floor(now / 1000)
    const end = Math.floor(Math.min(now + policy.accessMs, expiresAt(session)) / 1000)
    const payload = {
      ...session.claims,
      iss: issuer,
      sub: session.subject,
      aud: this.#audience,
      client_id: session.client,
      sid: session.publicId,
      auth_time: Math.floor(session.authTime / 1000),
      ...(session.scope === null ? {} : { scope: session.scope }),
      ...(session.thumbprint === null ? {} : { cnf: { jkt: session.thumbprint } }),
      iat: issuedAt,
      exp: end,
      jti: ports.random(16).toString('base64url'),
    }
    const signer = ring.activeSigner(now)
    const text = `${this.#headerOf(signer)}.${encode(payload)}`
    const token = `${text}.${signature(signer, text).toString('base64url')}`
    return { token, expiresInSeconds: Math.max(0, end - issuedAt) }
  }

  /** What an already verified token says, at once; undefined where `verify` has to look. Throws `access_expired`. */
  seen(token: string, now: number): Access | undefined {
    const access = this.#verified.get(token)
    return access === undefined ? undefined : unexpired(access, now)
  }

  /** Verifies a token. Throws `access_invalid` or `access_expired`. */
  async verify(token: string, now: number): Promise<Access> {
    if (typeof token !== 'string') throw new LatchkeyError('access_invalid', { detail: 'not a text' })
    const known = this.seen(token, now)
    if (known !== undefined) return known
    if (token.length > maxTokenCharacters || !compactForm.test(token) || !canonicalSignature(token)) {
      throw new LatchkeyError('access_invalid', { detail: 'not a compact JWS' })
    }
    const access = accessOf(await this.#checked(token, now))
    this.#verified.set(token, access)
    return unexpired(access, now)
  }

  // The same for millions of tokens, until the key changes.
  #headerOf(signer: Signer): string {
    if (signer !== this.#signer) {
      this.#signer = signer
      this.#header = encode({ alg: signer.alg, typ: 'at+jwt', kid: signer.kid })
    }
    return this.#header
  }

  async #checked(token: string, now: number): Promise<JWTPayload> {
    const { issuer, audience, policy } = this.#options
    try {
      const { payload } = await jwtVerify(token, (header) => this.#keyFor(header), {
        algorithms: [...signingAlgorithms],
        typ: 'at+jwt',
        issuer,
        audience: [...audience],
        requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'sid', 'auth_time'],
        currentDate: new Date(now),
      })
      if ((payload.iat ?? 0) * 1000 > now + policy.clockToleranceMs) {
        throw new LatchkeyError('access_invalid', { detail: 'issued in the future' })
      }
      return payload
    } catch (error) {
      throw refusalOf(error)
    }
  }

  // A key is found by kid in our own ring alone, and serves its one algorithm only. Our headers have three members; one
  // with more (jwk, jku, x5u, crit, b64 …) was made by somebody with other intentions.
  async #keyFor(header: JWTHeaderParameters): Promise<Signer['publicKey']> {
    const ours = Object.keys(header).every((name) => name === 'alg' || name === 'typ' || name === 'kid')
    const signer = ours && typeof header.kid === 'string' ? await this.#signerOf(header.kid) : undefined
    if (signer === undefined || signer.alg !== header.alg) {
      throw new LatchkeyError('access_invalid', { detail: 'no key of ours has this kid and algorithm' })
    }
    return signer.publicKey
  }

  async #signerOf(kid: string): Promise<Signer | undefined> {
    const { ring, learn } = this.#options
    if (learn !== undefined && !ring.signers.has(kid)) await learn()
    return ring.signers.get(kid)
  }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function signature(signer: Signer, text: string): Buffer {
  const bytes = Buffer.from(text)
  switch (signer.alg) {
    case 'ES256':
      return rawSignature(signBytes('sha256', bytes, signer.privateKey))
    case 'EdDSA':
    case 'Ed25519':
      return signBytes(null, bytes, signer.privateKey)
    case 'RS256':
      return signBytes('sha256', bytes, signer.privateKey)
  }
}

// OpenSSL answers in DER; asking node for the raw form instead doubles the time of a signature.
function rawSignature(der: Buffer): Buffer {
  const raw = Buffer.alloc(64)
  let offset = 2
  for (const end of [32, 64]) {
    const length = der.readUInt8(offset + 1)
    const start = offset + 2 + Math.max(0, length - 32)
    offset += 2 + length
    raw.set(der.subarray(start, offset), end - (offset - start))
  }
  return raw
}

// base64url decoders forgive spare bits in the last character; a signature has one spelling here.
function canonicalSignature(token: string): boolean {
  const text = token.slice(token.lastIndexOf('.') + 1)
  return Buffer.from(text, 'base64url').toString('base64url') === text
}

function unexpired(access: Access, now: number): Access {
  if (now >= access.expiresAt) throw new LatchkeyError('access_expired')
  return access
}

function refusalOf(error: unknown): unknown {
  if (error instanceof JWTExpired) return new LatchkeyError('access_expired')
  // jose's messages name claims and header members, never their values.
  if (error instanceof JOSEError) return new LatchkeyError('access_invalid', { detail: error.message })
  if (error instanceof TypeError) return new LatchkeyError('access_invalid', { detail: 'not a JWT' })
  return error
}
