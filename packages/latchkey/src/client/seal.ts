// How the tabs of a browser share an access token that none of them may write down: sealed, with a key that only this
// origin's storage holds, and that no script can read. What is kept is worth nothing anywhere else, and no message between
// tabs has anything to do with it.

import { bytesOf } from './bytes.ts'
import type { Kept } from './storage.ts'

// Each key seals one token and no more, so the nonce need not differ.
const algorithm = { name: 'AES-GCM', length: 256, iv: new Uint8Array(12) }

/** What to keep of a token. Rejects where no key can be made. */
export const sealed = async (accessToken: string): Promise<Pick<Kept, 'seal' | 'sealed'>> => {
  const seal = await crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt'])
  return { seal, sealed: await crypto.subtle.encrypt(algorithm, seal, bytesOf(accessToken)) }
}

/** The access token that is kept; undefined where there is none. Rejects where it cannot be opened. */
export const opened = async ({ accessToken, seal, sealed: data }: Kept): Promise<string | undefined> => {
  return seal && data ? new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, seal, data)) : accessToken
}
