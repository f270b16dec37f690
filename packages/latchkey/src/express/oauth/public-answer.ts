// Writes the two answers that are the same for everybody and that caches may keep: the keys, and the metadata. Their ETag
// is a digest of what they say and of nothing else, so that it gives nobody away.

import { createHash } from 'node:crypto'
import type { Exchange } from '../exchange.ts'

/** Sends public JSON that may be kept for so many seconds; 304 to who has the same already (RFC 9110 s13.1.2). */
export function sendPublic({ req, res }: Exchange, body: object, maxAgeSeconds: number): void {
  if (res.headersSent) return
  const text = JSON.stringify(body)
  const tag = `"${createHash('sha256').update(text).digest('base64url')}"`
  res.set({ 'Cache-Control': `public, max-age=${maxAgeSeconds}`, ETag: tag })
  // Any page may read what everybody knows; whom it may read with cookies is the list of origins' business (cors.ts).
  if (!res.hasHeader('Access-Control-Allow-Origin')) res.set('Access-Control-Allow-Origin', '*')
  if (has(req.headers['if-none-match'], tag)) res.writeHead(304).end()
  else res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }).end(text)
}

// A proxy that compresses makes a tag weak; it is compared without that (RFC 9110 s8.8.3.2).
const has = (header: string | undefined, tag: string): boolean =>
  header?.split(',').some((each) => ['*', tag].includes(each.trim().replace(/^W\//, ''))) === true
