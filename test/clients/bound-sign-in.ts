// A session that is bound to a key at its sign-in (RFC 9449). Sign-in is our own route, so no library of other people
// asks for it; the proof is written here as the RFC says, and everything after it is the library's.

import { randomUUID } from 'node:crypto'
import { exportJWK, SignJWT, type CryptoKey } from 'jose'
import { ask, signed, type Signed } from '../helpers/requests.ts'
import type { Deployment, KnownClient } from './deployment.ts'

export interface Keys {
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
}

/** Signs the administrator in with a proof of these keys, asking again with the nonce that the server wants. */
export async function boundSignIn(
  { url, server }: Deployment,
  keys: Keys,
  client?: Partial<KnownClient>,
): Promise<Signed> {
  const named = client === undefined ? {} : { client_id: client.id, client_secret: client.secret }
  const body = { ...server.administrator, ...named }
  const once = async (nonce?: string): ReturnType<typeof ask> =>
    ask(url, 'POST /login', { body, headers: { DPoP: await proof(keys, `${url}/login`, nonce) } })
  const first = await once()
  const nonce = first.headers.get('dpop-nonce')
  return signed(first.status === 200 || nonce === null ? first : await once(nonce))
}

async function proof({ privateKey, publicKey }: Keys, url: string, nonce: string | undefined): Promise<string> {
  const claims = { htm: 'POST', htu: url, jti: randomUUID(), ...(nonce === undefined ? {} : { nonce }) }
  return new SignJWT(claims)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: await exportJWK(publicKey) })
    .setIssuedAt()
    .sign(privateKey)
}
