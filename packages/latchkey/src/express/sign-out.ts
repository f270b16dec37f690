// POST /logout and POST /logout/all. Whatever token comes, in whatever shape, its session ends; what comes with
// nothing, or with nonsense, is answered alike.

import { isLatchkeyError } from '../index.ts'
import { sendNothing } from './answers.ts'
import { accessTokenOf, tokensToEnd } from './carrier.ts'
import { forgetSession, holdsSession, refreshCookiesOf } from './cookies.ts'
import type { Exchange } from './exchange.ts'
import { goodAccess } from './good-access.ts'
import { readJson } from './json-body.ts'
import { originOf } from './origin.ts'
import { liveCaller } from './require-auth.ts'
import { asksForCookies, checkSameOrigin } from './same-origin.ts'

/** POST /logout: 204 always, but for an outage, and for cookies that come from a page which may not send them. */
export async function logout({ req, res, settings }: Exchange): Promise<void> {
  const { latchkey } = settings
  const origin = (): ReturnType<typeof originOf> => originOf(req)
  const body = await readJson(req).catch(() => undefined)
  const inCookies = refreshCookiesOf(req, settings)
  const isCookieMode = inCookies.length > 0 || asksForCookies(req, settings)
  if (isCookieMode) checkSameOrigin(req, settings)
  for (const token of inCookies) await latchkey.signOut({ token, transport: 'cookie', origin })
  for (const { token, transport } of tokensToEnd(req, body)) await latchkey.signOut({ token, transport, origin })
  const access = readable(() => accessTokenOf(req).token)
  if (access !== undefined) await signOutByAccess({ req, res, settings }, access)
  // Only for a page that may ask for it: to take cookies away is to sign the user out.
  if (isCookieMode) forgetSession(res, settings)
  sendNothing(res)
}

async function signOutByAccess({ req, settings: { latchkey } }: Exchange, token: string): Promise<void> {
  const access = await goodAccess(latchkey.verify(token))
  if (access !== null) await latchkey.revoke(access.subject, access.sessionId, 'signed_out', () => originOf(req))
}

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    if (isLatchkeyError(error)) return undefined
    throw error
  }
}

/** POST /logout/all: ends all sessions of the caller, this one too. */
export async function logoutAll({ req, res, settings }: Exchange): Promise<void> {
  const { subject, sessionId } = await liveCaller(settings, req)
  await settings.latchkey.revokeAll(subject, 'signed_out_everywhere', () => originOf(req))
  if (holdsSession(req, settings, sessionId)) forgetSession(res, settings)
  sendNothing(res)
}
