// Body mode: tokens travel in the bodies of requests and answers, and are kept in a storage of the application's. For Node
// and for apps; in a page the refresh token would be in script's reach. Apart, so that pages do not carry it.

import { base64url, bytesOf } from './bytes.ts'
import { memoryStorage, type ClientStorage, type Kept } from './storage.ts'

/** Where tokens are kept that travel in bodies, and how. */
export interface BodyMode {
  readonly storage: ClientStorage
  /** The storage cannot hold a `CryptoKey`: keys are kept as texts. */
  readonly keepsTexts: boolean
  /** What is kept of an answer's tokens. */
  readonly keep: (answer: Readonly<Record<string, unknown>>, before: Partial<Kept>) => Promise<Partial<Kept>>
  /** What the proof covers beside the nonce: the refresh token, as a digest. Never rejects. */
  readonly covered: (kept: Kept) => Promise<string | undefined>
}

declare const own: unique symbol

/** How tokens travel, where that is not in cookies: `bodyMode(storage)`. What is in it is the client's own. */
export interface Transport {
  readonly [own]: never
}

/** Tokens travel in bodies, and are kept in this storage; in memory alone, where none is given. */
export const bodyMode = (storage: ClientStorage = memoryStorage()): Transport => {
  const mode: BodyMode = {
    storage,
    keepsTexts: !storage.keepsKeys,
    // A server that answers with no other refresh token leaves the one there is.
    keep: async ({ accessToken, refreshToken }, before) =>
      ({ accessToken, refreshToken: refreshToken ?? before.refreshToken }) as Partial<Kept>,
    covered: async ({ key, refreshToken }) => {
      if (!key || !refreshToken) return undefined
      try {
        return base64url(await crypto.subtle.digest('SHA-256', bytesOf(refreshToken)))
      } catch {
        // Without WebCrypto the key is no use either, and the server will say so.
        return undefined
      }
    },
  }
  return mode as unknown as Transport
}
