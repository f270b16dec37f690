// The proof by session key (docs/protocol.md): a secret that the server says once, at sign-in, and that signs the server's
// nonce with every renewal. Where the storage can hold keys, script can use it and never read it.

import { base64url, bytesOf, fromBase64url } from './bytes.ts'
import type { Proof } from './proof.ts'

const imported = (text: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', fromBase64url(text), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])

export const sessionKey: Proof = {
  nonceHeader: 'Latchkey-Nonce',
  begin: async (asText) => ({
    headers: async () => ({ 'Latchkey-Proof': 'v1' }),
    key: async ({ sessionKey: text }) => (typeof text === 'string' && !asText ? imported(text) : (text as undefined)),
  }),
  prove: async (_, { key, nonce, refreshToken }) => {
    if (!key) return {}
    const hmacKey = typeof key === 'string' ? await imported(key) : (key as CryptoKey)
    // In cookie mode no script sees the token, and the proof covers the nonce alone.
    const hash = refreshToken ? base64url(await crypto.subtle.digest('SHA-256', bytesOf(refreshToken))) : ''
    const text = bytesOf(`latchkey/proof/v1\nrefresh\n${nonce}\n${hash}`)
    return { 'Latchkey-Proof': `v1.${nonce}.${base64url(await crypto.subtle.sign('HMAC', hmacKey, text))}` }
  },
}
