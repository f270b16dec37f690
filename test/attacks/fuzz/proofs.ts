// DPoP proofs for the fuzzer: well made but for one thing, each signed once, because a signature for each request would take
// longer than the request.

import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { jws } from '../../helpers/jws.ts'
import { publicUrl, type Target } from '../target.ts'

/** Some proofs, of one key. */
export function proofsFor(_target: Target): string[] {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) }
  const claims = { htm: 'POST', htu: `${publicUrl}/token`, iat: Math.floor(Date.now() / 1000), jti: randomUUID() }
  const headers: object[] = [
    header,
    { ...header, typ: 'JWT' },
    { ...header, alg: 'none' },
    { ...header, jwk: privateKey.export({ format: 'jwk' }) },
  ]
  const payloads: object[] = [
    claims,
    { ...claims, htm: 'GET', htu: `${publicUrl}/me`, ath: 'x' },
    { ...claims, iat: 1, nonce: 'x' },
    { ...claims, jti: 'x'.repeat(2000) },
    { ...claims, htu: 7, jti: null },
    { ...claims, htu: 'https://[', nonce: 'A'.repeat(60) },
  ]
  return headers.flatMap((head) => payloads.map((payload) => jws(head, payload, privateKey)))
}
