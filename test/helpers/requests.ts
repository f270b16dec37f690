// Small ways to ask a server something and to keep the whole answer. They know the wire format from the documents and
// nothing from the library.

import type { Credentials } from './server.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** What the text says as JSON; undefined where it is none. */
  readonly body: unknown
}

export interface Asked {
  /** A text goes as it is, anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly bearer?: string
}

/** What /login and /token say. */
export interface Signed {
  readonly accessToken: string
  readonly refreshToken: string
  readonly tokenType: string
  readonly expiresIn: number
  readonly sessionKey?: string
  readonly user?: Readonly<Record<string, unknown>>
}

export async function ask(url: string, route: string, asked: Asked = {}): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ')
  const headers = new Headers(asked.headers)
  if (asked.bearer !== undefined) headers.set('Authorization', `Bearer ${asked.bearer}`)
  const init: RequestInit = { method, headers, redirect: 'manual' }
  if (asked.body !== undefined) {
    if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json')
    init.body = typeof asked.body === 'string' ? asked.body : JSON.stringify(asked.body)
  }
  const response = await fetch(url + path, init)
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: jsonOf(text) }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The tokens in an answer that must be 200. */
export function signed(answer: Answer): Signed {
  if (answer.status !== 200) throw new Error(`expected tokens, got ${answer.status} ${answer.text}`)
  return answer.body as Signed
}

/** A plain session. */
export const signIn = async (
  url: string,
  credentials: Credentials,
  headers: Readonly<Record<string, string>> = {},
): Promise<Signed> => signed(await ask(url, 'POST /login', { body: credentials, headers }))

/** One renewal of a session in body transport. */
export const renew = (url: string, refreshToken: string): Promise<Answer> =>
  ask(url, 'POST /token', { body: { refreshToken } })

/** The bytes of a refresh token, laid out as docs/protocol.md says. */
export const bytesOf = (refreshToken: string): Buffer => Buffer.from(refreshToken.slice('lkr1_'.length), 'base64url')

export const generationOf = (refreshToken: string): number => bytesOf(refreshToken).readUInt32BE(17)

/** The session's inner id, as hexadecimal digits. */
export const sidOf = (refreshToken: string): string => bytesOf(refreshToken).toString('hex', 1, 17)

/** The claims of an access token, unverified. */
export const claimsOf = (accessToken: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
