// Makes access tokens that are whole but for one thing, signed with the server's own keys: an attack that fails here does
// not fail for a wrong signature.

import { createPublicKey, sign, type KeyObject } from 'node:crypto'
import type { SigningKey } from 'latchkey'
import { encode, jws, privateKeyOf } from '../helpers/jws.ts'
import { claimsOf } from '../helpers/requests.ts'
import { signingKeys } from './target.ts'

export const ours: KeyObject = privateKeyOf(signingKeys.es256)
export const publicKeyOf = (key: SigningKey): KeyObject => createPublicKey(privateKeyOf(key))

export const header = { alg: 'ES256', typ: 'at+jwt', kid: signingKeys.es256.kid } as const

/** Signs as its key does. */
export function signerOf({ alg }: SigningKey): (text: string, key: KeyObject) => Buffer {
  if (alg === 'ES256') return es256
  return (text, key) => sign(alg === 'RS256' ? 'sha256' : null, Buffer.from(text), key)
}

const es256 = (text: string, key: KeyObject): Buffer =>
  sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })

/** Variations of one good token. */
export class Forge {
  readonly good: string
  readonly payload: Readonly<Record<string, unknown>>

  constructor(accessToken: string) {
    this.good = accessToken
    this.payload = claimsOf(accessToken)
  }

  get parts(): [string, string, string] {
    return this.good.split('.') as [string, string, string]
  }

  /** Another header; `undefined` takes a member away. */
  header(over: object): string {
    return jws(defined({ ...header, ...over }), this.payload, ours)
  }

  /** Another payload. */
  claims(over: object): string {
    return jws(header, defined({ ...this.payload, ...over }), ours)
  }

  /** A payload that is a text of JSON, or of something else. */
  payloadText(text: string): string {
    return jws(header, text, ours)
  }

  /** A header that is a text of JSON, or of something else. */
  headerText(text: string): string {
    return jws(text, this.payload, ours)
  }

  /** Another key, and what it does with the text. */
  signedBy(over: object, key: KeyObject, signer: (text: string, key: KeyObject) => Buffer = es256): string {
    return jws(defined({ ...header, ...over }), this.payload, key, signer)
  }

  /** A header over the good payload, with this in place of the signature. */
  unsigned(over: object, signature = ''): string {
    return `${encode(defined({ ...header, ...over }))}.${this.parts[1]}.${signature}`
  }
}

const defined = (object: object): object =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
