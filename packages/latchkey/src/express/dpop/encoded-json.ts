// One segment of a compact JWS as a JSON object, read so that nobody can read it otherwise: one spelling in base64url,
// UTF-8, no member named twice. Lenient decoders let an attacker show two readers two different proofs.

import { refused } from './refusal.ts'

/** Members as they came, without a prototype: `__proto__` is a name like any other. */
export type Members = Readonly<Record<string, unknown>>

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The bytes of a base64url text; undefined where it is not the one spelling of its bytes. */
export function canonicalBytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** The object that a segment says. Throws `dpop_invalid`; `what` names the segment in the detail. */
export function membersIn(segment: string, what: string): Members {
  const bytes = canonicalBytes(segment)
  if (bytes === undefined) throw refused(`the ${what} is not canonical base64url`)
  const text = textOf(bytes)
  const value = parsed(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(`the ${what} is not an object`)
  if (memberCount(value) !== namesIn(text)) throw refused(`the ${what} names a member twice`)
  return Object.assign(Object.create(null), value)
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return ''
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message would quote the text (I4).
    return undefined
  }
}

// In JSON that parses, a string before a colon is a name, and nothing else is.
function namesIn(text: string): number {
  let names = 0
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"[ \t\r\n]*(:?)/g)) {
    if (colon === ':') names += 1
  }
  return names
}

// Each level by itself and not by recursion, which deep nesting would exhaust.
function memberCount(value: object): number {
  let members = 0
  for (let level: unknown[] = [value]; level.length > 0;) {
    const objects = level.filter((each) => typeof each === 'object' && each !== null)
    for (const each of objects) members += Array.isArray(each) ? 0 : Object.keys(each).length
    level = objects.flatMap((each) => Object.values(each))
  }
  return members
}
