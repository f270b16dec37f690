// Makes JWSs that the library would never make, signed with the true key or with any other, so that a refusal has one
// possible reason.

import { createPrivateKey, sign, type KeyObject } from 'node:crypto'
import type { SigningKey } from 'latchkey'

export const privateKeyOf = ({ privateJwk }: SigningKey): KeyObject =>
  createPrivateKey({ key: { ...privateJwk }, format: 'jwk' })

/** base64url of a text as it is, or of a value as JSON. */
export const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

const signES256 = (text: string, key: KeyObject): Buffer =>
  sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })

/** A compact JWS over these, signed by `key` with ES256 or by `signer`. */
export function jws(
  header: unknown,
  payload: unknown,
  key: KeyObject,
  signer: (text: string, key: KeyObject) => Buffer = signES256,
): string {
  const text = `${encode(header)}.${encode(payload)}`
  return `${text}.${signer(text, key).toString('base64url')}`
}
