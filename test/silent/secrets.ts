// Everything secret that goes between a client and the server, overheard at the server, and a search for any piece of it
// in what a program shows. Nothing here knows how a client works inside.

import { inspect } from 'node:util'
import type { Express, Request, Response } from 'express'
import type { ServerOptions } from './world/index.ts'

/** Long enough that no two texts share so much by chance. */
const pieceLength = 12

export interface Overheard {
  /** Access and refresh tokens, session keys, proofs. */
  readonly secrets: ReadonlySet<string>
  /** For `withWorld`. */
  readonly options: ServerOptions
  /** Pieces of what was overheard that stand in this value, however deep inside. */
  readonly piecesIn: (value: unknown) => readonly string[]
}

/** Listens to one server. */
export function overheard(more: ServerOptions = {}): Overheard {
  const secrets = new Set<string>()
  const mount: ServerOptions['mount'] = (app, sessions) => {
    listen(app, secrets)
    more.mount?.(app, sessions)
  }
  const piecesIn = (value: unknown): readonly string[] => {
    const wanted = new Set([...secrets].flatMap(piecesOf))
    return piecesOf(textOf(value)).filter((piece) => wanted.has(piece))
  }
  return { secrets, options: { ...more, mount }, piecesIn }
}

function listen(app: Express, secrets: Set<string>): void {
  app.use((req: Request, res: Response, next: () => void) => {
    for (const each of secretsSent((name) => req.get(name) ?? null)) secrets.add(each)
    const end = res.end.bind(res) as (...given: unknown[]) => Response
    res.end = (...given: unknown[]): Response => {
      for (const each of secretsOf(given[0])) secrets.add(each)
      for (const each of [res.getHeader('Set-Cookie') ?? []].flat()) {
        for (const value of cookieValues(String(each))) secrets.add(value)
      }
      return end(...given)
    }
    next()
  })
}

/** What is secret in the headers of a request; the nonce in a proof is not. */
export function secretsSent(header: (name: string) => string | null): string[] {
  const [, , mac = ''] = (header('Latchkey-Proof') ?? '').split('.')
  const bearer = /^\S+ (.+)$/.exec(header('Authorization') ?? '')?.[1] ?? ''
  return [mac, bearer, ...cookieValues(header('Cookie') ?? '')].filter((each) => each !== '')
}

// The name of the hint is no secret, and neither is the public session id in it.
const cookieValues = (header: string): string[] => header.match(/lkr1_[\w-]+/g) ?? []

function secretsOf(chunk: unknown): string[] {
  const text = typeof chunk === 'string' || Buffer.isBuffer(chunk) ? String(chunk) : ''
  const found = text.matchAll(/"(?:accessToken|refreshToken|sessionKey)":"([^"]+)"/g)
  return [...found].map(([, value = '']) => value)
}

const piecesOf = (text: string): string[] =>
  Array.from({ length: Math.max(text.length - pieceLength + 1, 0) }, (_, at) => text.slice(at, at + pieceLength))

/** A value as every text that a program could make of it. */
export function textOf(value: unknown): string {
  const shown = inspect(value, { depth: Infinity, showHidden: true, maxStringLength: null, maxArrayLength: null })
  const stack = value instanceof Error ? `${value.stack} ${inspect(value.cause)}` : ''
  return [shown, stack, jsonOf(value), ...bytesIn(value)].join('\n')
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}

// What is hidden in bytes: as text, and as the bytes that base64url stands for.
function bytesIn(value: unknown, seen = new Set<unknown>()): string[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return []
  seen.add(value)
  const bytes = asBytes(value)
  if (bytes !== undefined) return [bytes.toString('latin1'), bytes.toString('base64url')]
  return Object.values(value).flatMap((member) => bytesIn(member, seen))
}

function asBytes(value: object): Buffer | undefined {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return value instanceof ArrayBuffer ? Buffer.from(value) : undefined
}
