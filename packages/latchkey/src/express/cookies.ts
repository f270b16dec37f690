// Reads and writes our own cookies, and leaves those of the application alone. What is ambiguous is refused: with two
// cookies of one name nobody can say which of them is the browser's own (CK-9). A cookie is taken away with the very
// attributes that it was set with, or the browser keeps it.

import type { Request, Response } from 'express'
import { LatchkeyError, type Tokens } from '../index.ts'
import type { CookieNames, CookieSettings } from './cookie-options.ts'
import type { Settings } from './settings.ts'

/** Values of our cookies in a request, as they came. */
export interface SessionCookies {
  readonly refresh?: string
  readonly access?: string
  readonly sessionId?: string
}

/** Browsers drop a cookie whose name and value are longer than this. */
const maxCharacters = 4096

const kinds: readonly (keyof CookieNames)[] = ['refresh', 'access', 'sessionId']

/** Our own cookies of a request; none where cookies are not allowed. Throws `request_malformed` where one of them comes twice. */
export function cookiesOf(req: Request, settings: Settings): SessionCookies {
  const found = valuesOf(req, settings.cookies)
  if ([...found.values()].some((values) => values.length > 1)) {
    throw new LatchkeyError('request_malformed', { detail: 'a cookie of ours came twice' })
  }
  // Without a prototype: what stands on everybody's is no cookie of this request.
  return Object.assign(Object.create(null), Object.fromEntries([...found].map(([kind, [value = '']]) => [kind, value])))
}

/** Every value of our refresh cookie in a request, for sign-out, which ends them all. */
export const refreshCookiesOf = (req: Request, { cookies }: Settings): readonly string[] =>
  valuesOf(req, cookies).get('refresh') ?? []

/** Whether the browser that sent the request has this session in its cookies. */
export const holdsSession = (req: Request, { cookies }: Settings, sessionId: string): boolean =>
  valuesOf(req, cookies).get('sessionId')?.includes(sessionId) ?? false

// Node joins several Cookie headers into one. A value is taken as it stands: ours are never quoted and never encoded.
function valuesOf(req: Request, { allowed, names }: CookieSettings): Map<keyof CookieNames, string[]> {
  const found = new Map<keyof CookieNames, string[]>()
  const header = allowed ? req.headers.cookie : undefined
  if (header === undefined) return found
  for (const pair of header.split(';')) {
    const end = pair.indexOf('=')
    const name = pair.slice(0, Math.max(end, 0)).trim()
    const kind = kinds.find((each) => names[each] === name)
    if (kind !== undefined) found.set(kind, [...(found.get(kind) ?? []), pair.slice(end + 1).trim()])
  }
  return found
}

/** Puts a session's tokens into the answer's cookies, in the place of any of ours that are there. */
export function setCookies(res: Response, tokens: Tokens, { cookies, latchkey }: Settings): void {
  const { names, attributes } = cookies
  const { session, refreshToken } = tokens
  // At most 400 days, which is all that a browser gives: no session may live longer (policy.ts). Nothing rests on it.
  const age = Math.max(1, Math.ceil((session.expiresAt - latchkey.now()) / 1000))
  write(res, cookies, [
    `${names.refresh}=${refreshToken}; Max-Age=${age}; ${attributes}; HttpOnly`,
    `${names.sessionId}=${session.id}; Max-Age=${age}; ${attributes}`,
    ...accessCookie(tokens, cookies),
  ])
}

function accessCookie({ accessToken, expiresInSeconds, session }: Tokens, cookies: CookieSettings): readonly string[] {
  const { access, names, attributes } = cookies
  if (!access) return []
  // A bound token is worth nothing without a proof, which a page cannot send. What an earlier session has left must go.
  if (session.thumbprint !== null) return [removal(names.access, attributes, 'HttpOnly')]
  if (names.access.length + accessToken.length <= maxCharacters) {
    return [`${names.access}=${accessToken}; Max-Age=${expiresInSeconds}; ${attributes}; HttpOnly`]
  }
  warnOfLength(accessToken.length)
  return [removal(names.access, attributes, 'HttpOnly')]
}

/** Takes our cookies away, with the attributes they were set with. */
export function clearCookies(res: Response, { cookies }: Settings): void {
  const { names, attributes, access } = cookies
  write(res, cookies, [
    removal(names.refresh, attributes, 'HttpOnly'),
    removal(names.sessionId, attributes),
    ...(access ? [removal(names.access, attributes, 'HttpOnly')] : []),
  ])
}

/** The same at a sign-out, where the browser is also told to forget what it keeps of this origin. */
export function forgetSession(res: Response, settings: Settings): void {
  const { clearSiteData } = settings.cookies
  clearCookies(res, settings)
  if (clearSiteData !== '') res.setHeader('Clear-Site-Data', clearSiteData)
}

const removal = (name: string, ...attributes: string[]): string =>
  [`${name}=`, 'Max-Age=0', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT', ...attributes].join('; ')

/** Remembers our cookies of an answer; the returned function puts them back where the application has written over them, and leaves later ones of ours alone. */
export function keptCookies(res: Response, { cookies }: Settings): () => void {
  const kept = linesOf(res, cookies).ours
  return () => {
    if (linesOf(res, cookies).ours.length === 0) write(res, cookies, kept)
  }
}

// One answer sets a cookie once (RFC 6265 s4.1.1); the application's own stay.
function write(res: Response, cookies: CookieSettings, lines: readonly string[]): void {
  res.setHeader('Set-Cookie', [...linesOf(res, cookies).others, ...lines])
}

function linesOf(res: Response, { names }: CookieSettings): Record<'ours' | 'others', readonly string[]> {
  const present = res.getHeader('Set-Cookie') ?? []
  const lines = Array.isArray(present) ? present : [String(present)]
  const isOurs = (line: string): boolean => kinds.some((kind) => line.startsWith(`${names[kind]}=`))
  return { ours: lines.filter(isOurs), others: lines.filter((line) => !isOurs(line)) }
}

let warned = false

// Pages go on working, but each of them renews the session: a defect of the application that it should hear of.
function warnOfLength(length: number): void {
  if (warned) return
  warned = true
  process.emitWarning(`An access token of ${length} characters is too long for a cookie: add fewer claims.`, {
    type: 'LatchkeyWarning',
    code: 'LATCHKEY_COOKIE_TOO_LONG',
  })
}
