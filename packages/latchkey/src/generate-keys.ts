// Makes the secrets of a new deployment.

import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { JWK } from 'jose'
import type { KeySet, SigningAlgorithm } from './core/key-ring.ts'

/** A fresh key set: one refresh key, one signing key (ES256 where nothing is said). Keep it secret, and keep it. */
export function generateKeys(alg: SigningAlgorithm = 'ES256'): KeySet {
  const privateJwk = privateKeyFor(alg).export({ format: 'jwk' }) as JWK
  const kid = randomBytes(8).toString('base64url')
  return {
    refresh: [{ kid: 1, root: randomBytes(32).toString('base64url') }],
    signing: [{ kid, alg, privateJwk }],
  }
}

function privateKeyFor(alg: SigningAlgorithm): ReturnType<typeof generateKeyPairSync>['privateKey'] {
  switch (alg) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    case 'EdDSA':
    case 'Ed25519':
      return generateKeyPairSync('ed25519').privateKey
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  }
}
