// The id by which a session is known outside: in access tokens, device lists, events and logs. It is derived from the
// inner one, so that it can be told without a store access, and says nothing about it without the key.

import { createHmac } from 'node:crypto'
import type { RefreshRoot } from './key-ring.ts'

/** 16 bytes as 22 characters of base64url; the same for a session's whole life. */
export function publicIdOf(root: RefreshRoot, sid: string): string {
  const text = Buffer.concat([Buffer.from('latchkey/public-id/v1\0'), Buffer.from(sid, 'hex')])
  return createHmac('sha256', root.publicId).update(text).digest().toString('base64url', 0, 16)
}
