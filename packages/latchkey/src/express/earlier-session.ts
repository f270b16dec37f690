// What becomes of the session whose cookie a sign-in brings along: it ends (SE-4). Whoever has planted a session in
// somebody's browser, or has kept an old one of his, has nothing once the owner signs in. It ends after the new one has
// begun, so that an outage in between leaves the user what he had (I3).

import { clearCookies, refreshCookiesOf } from './cookies.ts'
import type { Exchange } from './exchange.ts'
import { originOf } from './origin.ts'
import { isFromOwnForm } from './same-origin.ts'

/**
 * Ends the sessions of the refresh cookies that came with a sign-in, and takes the cookies away; the new session may set
 * its own. Leaves them alone where another site's page has sent the request. Throws `store_unavailable`.
 */
export async function endEarlierSession({ req, res, settings }: Exchange): Promise<void> {
  const tokens = refreshCookiesOf(req, settings)
  if (tokens.length === 0 || !isFromOwnForm(req, settings)) return
  for (const token of tokens) {
    await settings.latchkey.signOut({ token, transport: 'cookie', origin: () => originOf(req) })
  }
  clearCookies(res, settings)
}
