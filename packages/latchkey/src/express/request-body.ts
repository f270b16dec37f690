// Reads a small request body, strictly: of the media type that a route takes, in UTF-8, uncompressed, and not too long
// (I7). Where the application's own parser has read it, that is taken. Our own reader stands here because a refresh is
// the hot path, and the general one costs it a tenth of its speed.

import type { Request } from 'express'
import { LatchkeyError } from '../index.ts'

/** Enough for any sign-in and any token; more is refused. */
const maxBytes = 16_384

/** What the application has parsed, or the bytes as they came. */
export type Body = { readonly parsed: unknown } | { readonly bytes: Buffer }

/** The body; undefined where there is none. Throws `media_type_unsupported`, `request_too_large` or `request_malformed`. */
export async function readBody(req: Request, mediaType: RegExp): Promise<Body | undefined> {
  if (!hasBody(req)) return undefined
  checkType(req, mediaType)
  const parsed: unknown = req.body
  if (parsed !== undefined) return { parsed }
  // Something in front has read it and kept it for itself: there is nothing left to wait for.
  if (req.readableEnded || req.destroyed) return undefined
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw new LatchkeyError('request_too_large')
  return { bytes: await collect(req) }
}

const hasBody = (req: Request): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0

function checkType(req: Request, mediaType: RegExp): void {
  const type = req.headers['content-type'] ?? ''
  const coding = req.headers['content-encoding'] ?? 'identity'
  const [, parameters = 'unfit'] = mediaType.test(type) ? (/^[^;]*(.*)$/.exec(type) ?? []) : []
  if (!/^(; *charset="?utf-8"? *)?$/i.test(parameters) || coding !== 'identity') {
    throw new LatchkeyError('media_type_unsupported')
  }
}

async function collect(req: Request): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new LatchkeyError('request_malformed', { detail: 'the request was cut off' }))
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else reject(new LatchkeyError('request_too_large'))
    })
    req.on('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
    req.on('error', fail)
    req.on('aborted', fail)
  })
}
