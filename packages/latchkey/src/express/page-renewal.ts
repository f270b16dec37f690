// Renews a page's session on the way to its handler, so that pages made on the server need no script: the new cookies go
// out with the page itself. Only plain sessions, because a page proves nothing; its parallel sub-requests all bring the
// same token and pass by the leeway. A refusal takes no cookie away: a late one would wipe a newer session's (I3).

import type { Request, Response } from 'express'
import { isLatchkeyError, type Access } from '../index.ts'
import { cookiesOf, setCookies } from './cookies.ts'
import { renewalContext } from './renewal-context.ts'
import { carryThrough } from './renewed-answer.ts'
import { checkOwnPage, isFromOwnPage } from './same-origin.ts'
import type { Settings } from './settings.ts'
import { statuses } from './statuses.ts'

/** Throws `origin_refused` where a request that may change something rests on cookies, and another site's page sent it. */
export function checkPageRequest(req: Request, settings: Settings): void {
  const { refresh, access } = cookiesOf(req, settings)
  if (isSafe(req) || (refresh === undefined && access === undefined)) return
  checkOwnPage(req, settings)
}

interface Renewed {
  readonly settings: Settings
  readonly access: Access
}

/** Requests whose session was renewed on the way: a second guard must not take their old token for a copy. */
const renewals = new WeakMap<Request, Renewed>()

/**
 * Renews the session of a page's cookies, once for each request, and puts the new ones into the answer; undefined where
 * there is nothing to renew, or where it was refused. Throws `store_unavailable`, `throttled` or `request_malformed`.
 */
export async function renewFromCookies(req: Request, res: Response, settings: Settings): Promise<Access | undefined> {
  const before = renewals.get(req)
  if (before?.settings === settings) return before.access
  const token = cookiesOf(req, settings).refresh
  if (token === undefined || token === '' || !isOwnDoing(req, settings)) return undefined
  try {
    const access = await renewed(req, res, settings, token)
    renewals.set(req, { settings, access })
    return access
  } catch (error) {
    // That the token is no good is what the missing access token says already.
    if (isLatchkeyError(error) && [401, 403].includes(statuses[error.code].status)) return undefined
    throw error
  }
}

async function renewed(req: Request, res: Response, settings: Settings, token: string): Promise<Access> {
  const { latchkey } = settings
  const context = renewalContext(req, settings)
  const tokens = await latchkey.refresh({ token, transport: 'cookie', provesNothing: true, ...context })
  // At once: from here on the browser must have the new token, whatever else goes wrong with its page.
  setCookies(res, tokens, settings)
  carryThrough(res, settings)
  return latchkey.verify(tokens.accessToken)
}

const isSafe = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD'

// A form has passed checkPageRequest by now. What is only looked at may also be a link that the user has followed from
// elsewhere, but never what another site's page loads for itself: a picture, a frame, a script.
function isOwnDoing(req: Request, settings: Settings): boolean {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = req.headers
  if (!isSafe(req) || site === undefined || site === 'none') return true
  return isFromOwnPage(req, settings) || (mode === 'navigate' && destination === 'document')
}
