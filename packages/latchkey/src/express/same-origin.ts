// Whether a request that comes with cookies was sent by a page that may send it. A browser adds cookies to whatever any
// page asks of us, so a cookie alone says nothing about who is asking; what a browser says of the page, script cannot
// forge. Sign-in is checked too: otherwise a stranger's page could sign a user in as somebody else.

import type { Request } from 'express'
import { LatchkeyError } from '../index.ts'
import type { Settings } from './settings.ts'

/**
 * Throws `origin_refused` where a request in cookie mode lacks the header that no form can send, or did not come from a
 * page that may send it.
 */
export function checkSameOrigin(req: Request, settings: Settings): void {
  if (!asksForCookies(req, settings)) throw refused('the header Latchkey-Transport: cookie is missing')
  if (!isFromOwnPage(req, settings)) throw refused(stranger)
}

/** The same without the header, for forms of pages that have no script. Throws `origin_refused`. */
export function checkOwnPage(req: Request, settings: Settings): void {
  if (!isFromOwnForm(req, settings)) throw refused(stranger)
}

const stranger = 'neither Fetch Metadata nor Origin says that it is one of our pages'

/** Whether a request says that it is in cookie mode, where there is one. */
export const asksForCookies = (req: Request, { cookies }: Settings): boolean =>
  cookies.allowed && req.headers['latchkey-transport'] === 'cookie'

/**
 * Whether the browser says that the request comes from a page of ours, or of an origin that is allowed. Referer counts
 * for nothing, and `null` is nobody's origin.
 */
export function isFromOwnPage(req: Request, { origins }: Settings): boolean {
  const { origin, host, 'sec-fetch-site': site } = req.headers
  if (origin !== undefined && origins.has(origin)) return true
  // One that a browser calls the same, under a name that nobody has told us: then both must be that of this request.
  return site === 'same-origin' && (origin === undefined || isOfHost(origin, host))
}

/**
 * The same of a form. Where its page says `Referrer-Policy: no-referrer`, a browser writes `null` for its Origin, and still
 * says `same-origin`, which it says of nobody who has no origin.
 */
export function isFromOwnForm(req: Request, settings: Settings): boolean {
  const { origin, 'sec-fetch-site': site } = req.headers
  return isFromOwnPage(req, settings) || (origin === 'null' && site === 'same-origin')
}

/**
 * Throws `origin_refused` where a browser says that another site's page has sent a form; in cookie mode alone, where it is
 * browsers that sign in. What says nothing of itself passes.
 */
export function refuseStrangers(req: Request, settings: Settings): void {
  const { origin, 'sec-fetch-site': site = 'none' } = req.headers
  const says = origin !== undefined || site !== 'none'
  if (settings.cookies.allowed && says && !isFromOwnForm(req, settings)) throw refused(stranger)
}

const isOfHost = (origin: string, host: string | undefined): boolean =>
  URL.canParse(origin) && new URL(origin).host === host && new URL(origin).origin === origin

const refused = (detail: string): LatchkeyError => new LatchkeyError('origin_refused', { detail })
