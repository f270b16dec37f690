// The session key in the browser, and the proof that this tab holds it.
// The key is imported as not extractable: from then on script can use it, but neither read it nor send it away.
import { fromBase64url, toBase64url } from './base64url.ts'

const utf8 = new TextEncoder()

/** Browsers offer WebCrypto on https and on localhost only. */
export const canHoldKey: boolean = globalThis.isSecureContext && 'subtle' in globalThis.crypto

/** Turns the 43 characters that sign-in delivers once into a key that no script can read. */
export function importSessionKey(text: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', fromBase64url(text), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
}

/**
 * The `Latchkey-Proof` header for one refresh: `v1.<nonce>.<mac>`.
 * The mac covers the token, so a proof fits one token alone, and the server's nonce, so it cannot be made ahead.
 */
export async function prove(key: CryptoKey, nonce: string, refreshToken: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', utf8.encode(refreshToken))
  const text = ['latchkey/proof/v1', 'refresh', nonce, toBase64url(new Uint8Array(hash))].join('\n')
  const mac = await crypto.subtle.sign('HMAC', key, utf8.encode(text))
  return `v1.${nonce}.${toBase64url(new Uint8Array(mac))}`
}
