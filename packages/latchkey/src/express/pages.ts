// Sign-in and sign-out for pages made on the server, without script: a form is sent, cookies are set, and the application
// answers, as a rule with a redirect. A form can send no header of its own, so what keeps other sites out is what the
// browser says of the page: Fetch Metadata, or Origin.

import { MisuseError } from '../index.ts'
import { firstPartyClient } from './clients.ts'
import { forgetSession, refreshCookiesOf, setCookies } from './cookies.ts'
import type { Exchange } from './exchange.ts'
import { beginSession } from './login.ts'
import { originOf } from './origin.ts'
import { checkOwnPage } from './same-origin.ts'
import type { SignInUser } from './settings.ts'

/** Begins a plain session in cookies. Throws `origin_refused`, or as `Latchkey.signIn`. */
export async function signInPage(exchange: Exchange, user: SignInUser): Promise<void> {
  const { req, res, settings } = exchange
  if (!settings.cookies.access)
    throw new MisuseError('argument_invalid', 'pages need createSessions({ cookies: { access: true } })')
  checkOwnPage(req, settings)
  const tokens = await beginSession(exchange, user, { client: firstPartyClient, transport: 'cookie', proof: 'plain' })
  setCookies(res, tokens, settings)
  res.setHeader('Cache-Control', 'no-store')
}

/** Ends the session of the request's cookies, if there is one, and takes them away. Throws `origin_refused` or `store_unavailable`. */
export async function signOutPage({ req, res, settings }: Exchange): Promise<void> {
  checkOwnPage(req, settings)
  const origin = (): ReturnType<typeof originOf> => originOf(req)
  for (const token of refreshCookiesOf(req, settings)) {
    await settings.latchkey.signOut({ token, transport: 'cookie', origin })
  }
  forgetSession(res, settings)
  res.setHeader('Cache-Control', 'no-store')
}
