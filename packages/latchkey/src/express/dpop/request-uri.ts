// The URL of a request as its client knows it, for `htu`: what the application was told of its public URL, and the path of
// the request line. Never Host or X-Forwarded-Host, which anybody may write (RFC 9449 s4.3, attack 19).

import type { Request } from 'express'

/** Visible ASCII, without the backslash that some readers take for a slash. */
const visible = /^[\x21-\x5B\x5D-\x7E]+$/
/** With an authority, and no user in it. */
const shape = /^https?:\/\/[^/@]+(?:\/|$)/i
const unreserved = /^[\w.~-]$/

/**
 * A URL without query and fragment, normalised by syntax and scheme (RFC 3986 s6.2.2 and s6.2.3), so that two spellings of
 * one URL are equal; undefined where it is none.
 */
export function normalUri(text: string): string | undefined {
  const [bare = ''] = text.split(/[?#]/, 1)
  if (!visible.test(bare) || !shape.test(bare) || /%(?![\dA-F]{2})/i.test(bare)) return undefined
  const decoded = bare.replace(/%[\dA-F]{2}/gi, plainly)
  if (!URL.canParse(decoded)) return undefined
  const { protocol, host, pathname } = new URL(decoded)
  return `${protocol}//${host}${pathname}`
}

// What needs no escape has none; what needs one is written in capitals.
function plainly(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return unreserved.test(character) ? character : escape.toUpperCase()
}

/** Where the application is known from outside. */
export interface PublicUrls {
  /** Of the router's root, without a slash at its end. */
  readonly routes: string
  /** What stands before the path of any request, without a slash at its end. */
  readonly resources: string
}

/**
 * The URLs of a request to a token route: below the router's own, wherever it is mounted; and where the application signs
 * in on a route of its own, like any other.
 */
export const tokenUris = (req: Request, { routes, resources }: PublicUrls): (string | undefined)[] => [
  normalUri(routes + req.path),
  resourceUri(req, resources),
]

/** The URL of any other request. */
export const resourceUri = ({ originalUrl }: Request, resources: string): string | undefined =>
  normalUri(resources + pathOf(originalUrl))

// A request line may hold a whole URL, with any host in it (RFC 9112 s3.2.2).
function pathOf(target: string): string {
  if (target.startsWith('/')) return target
  return URL.canParse(target) ? new URL(target).pathname : '/'
}
