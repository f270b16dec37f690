// Reads a small JSON body, strictly, or takes what the application's own parser has made of it.

import type { Request } from 'express'
import { LatchkeyError } from '../index.ts'
import { readBody } from './request-body.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The parsed body; undefined where there is none. Throws `media_type_unsupported`, `request_too_large` or `request_malformed`. */
export async function readJson(req: Request): Promise<unknown> {
  const body = await readBody(req, /^application\/json *(;|$)/i)
  if (body === undefined) return undefined
  return 'parsed' in body ? body.parsed : parse(body.bytes)
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
