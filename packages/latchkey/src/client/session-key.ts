// The proof by session key (docs/protocol.md): a secret that the server says once, at sign-in, and that signs the server's
// nonce with every renewal. Where the storage can hold keys, script can use it and never read it.

import { base64url, bytesOf, fromBase64url } from './bytes.ts'
import type { ProofKind } from './proof.ts'
import type { KeptKey } from './storage.ts'

const imported = async (key: KeptKey | undefined): Promise<CryptoKey> =>
  typeof key === 'string'
    ? crypto.subtle.importKey('raw', fromBase64url(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    : (key as CryptoKey)

export const sessionKey: ProofKind = {
  nonceHeader: 'Latchkey-Nonce',
  begin: async (asText) => ({
    headers: async () => ({ 'Latchkey-Proof': 'v1' }),
    key: async ({ sessionKey: text }) => (asText ? (text as string) : imported(text as string)),
  }),
  prove: async (_, kept, digest = '') => {
    if (!kept.key) return {}
    // In cookie mode no script sees the token, and the proof covers the nonce alone.
    const text = bytesOf(`latchkey/proof/v1\nrefresh\n${kept.nonce}\n${digest}`)
    return {
      'Latchkey-Proof': `v1.${kept.nonce}.${base64url(await crypto.subtle.sign('HMAC', await imported(kept.key), text))}`,
    }
  },
}
