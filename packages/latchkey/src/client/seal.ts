// How the tabs of a browser share an access token that none of them may write down: sealed, with a key that only this
// origin's storage holds, and that no script can read. What is kept is worth nothing anywhere else, and no message between
// tabs has anything to do with it.

import { bytesOf } from './bytes.ts'
import type { Core } from './core.ts'
import type { Kept } from './storage.ts'

const name = 'AES-GCM'

/** What to keep of a token; nothing where keys cannot be made or kept. */
export async function sealed(
  { storage }: Core,
  { seal }: Partial<Kept>,
  accessToken: string,
): Promise<Pick<Kept, 'seal' | 'sealed'>> {
  if (!storage.keepsKeys || !globalThis.crypto?.subtle) return {}
  const key = seal ?? (await crypto.subtle.generateKey({ name, length: 256 }, false, ['encrypt', 'decrypt']))
  const iv = crypto.getRandomValues(new Uint8Array(12))
  return { seal: key, sealed: { iv, data: await crypto.subtle.encrypt({ name, iv }, key, bytesOf(accessToken)) } }
}

/** The access token that is kept; undefined where there is none, or where it cannot be opened. */
export async function opened({ accessToken, seal, sealed: kept }: Kept): Promise<string | undefined> {
  if (!seal || !kept) return accessToken
  return new TextDecoder().decode(await crypto.subtle.decrypt({ name, iv: kept.iv }, seal, kept.data))
}
