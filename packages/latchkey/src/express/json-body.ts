// Reads a small JSON body, strictly. Where the application's own parser has read it, that is taken. Our own reader
// stands here because a refresh is the hot path, and the general one costs it a tenth of its speed.

import type { Request } from 'express'
import { LatchkeyError } from '../index.ts'

/** Enough for any sign-in; more is refused. */
const maxBytes = 16_384
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The parsed body; undefined where there is none. Throws `media_type_unsupported`, `request_too_large` or `request_malformed`. */
export async function readJson(req: Request): Promise<unknown> {
  if (!hasBody(req)) return undefined
  checkType(req)
  const parsed: unknown = req.body
  if (parsed !== undefined) return parsed
  // Something in front has read it and kept it for itself: there is nothing left to wait for.
  if (req.readableEnded || req.destroyed) return undefined
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw new LatchkeyError('request_too_large')
  return parse(await collect(req))
}

const hasBody = (req: Request): boolean =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0

function checkType(req: Request): void {
  const type = req.headers['content-type'] ?? ''
  const coding = req.headers['content-encoding'] ?? 'identity'
  if (!/^application\/json *(; *charset="?utf-8"? *)?$/i.test(type) || coding !== 'identity') {
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

function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    // The parser's message would quote the body (I4).
    throw new LatchkeyError('request_malformed', { detail: 'the body is not JSON' })
  }
}

/** The body as an object; empty where there is none, or where it says `null` or `""`. Throws `request_malformed`. */
export function objectOf(body: unknown): Readonly<Record<string, unknown>> {
  if (body === undefined || body === null || body === '') return {}
  if (typeof body !== 'object' || Array.isArray(body)) {
    throw new LatchkeyError('request_malformed', { detail: 'the body is not a JSON object' })
  }
  return body as Record<string, unknown>
}

/** A member that is the object's own; whatever came as `__proto__` or stands on a prototype does not count. */
export const ownMember = (body: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(body, name) ? body[name] : undefined
