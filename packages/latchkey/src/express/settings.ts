// What `createSessions` is given, and the same after it was checked, as the routes work with it.

import type { Request } from 'express'
import { MisuseError, transports as allTransports, type Claims, type Latchkey, type Transport } from '../index.ts'

/** A user who has proved who he is, as the application knows him. */
export interface SignInUser {
  /** Stable, and not an e-mail address: it stands in every access token. */
  readonly id: string
  /** Shown to the user himself in the answer to his sign-in. */
  readonly profile?: Readonly<Record<string, unknown>>
  /** Added to the session's access tokens. */
  readonly claims?: Claims
  /** Space-separated, as in RFC 6749. */
  readonly scope?: string
  /**
   * For `sessions.signIn`: when the application began to check who this is, from `latchkey.now()`; now, where nothing is
   * said. Whoever is signed out everywhere between then and the answer gets no session.
   */
  readonly authTime?: number
}

/** Who these credentials belong to; null where they are wrong. May throw a LatchkeyError such as `throttled`. */
export type Authenticate<Name extends string> = (
  credentials: Readonly<Record<Name, string>>,
  req: Request,
) => Promise<SignInUser | null | undefined> | SignInUser | null | undefined

export interface SessionsOptions<Name extends string = 'username' | 'password'> {
  readonly authenticate: Authenticate<Name>
  /** The members of the sign-in's body, all of them texts; `username` and `password` where nothing is said. */
  readonly credentials?: readonly Name[]
  /** How refresh tokens may travel: `body` (default), `header`. */
  readonly transports?: readonly Transport[]
}

/** The options, checked. */
export interface Settings {
  readonly latchkey: Latchkey
  readonly authenticate: Authenticate<string>
  readonly credentials: readonly string[]
  readonly transports: readonly Transport[]
}

/** The options, checked. Throws `option_invalid`. */
export function settingsOf<Name extends string>(latchkey: Latchkey, given: SessionsOptions<Name>): Settings {
  const known = ['authenticate', 'credentials', 'transports']
  // Own properties alone: a polluted prototype sets nothing.
  const options: SessionsOptions<Name> = Object.assign(Object.create(null), given)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) throw invalid(`createSessions has no option "${unknown}"; it has ${known.join(', ')}`)
  const { authenticate, credentials = ['username', 'password'], transports = ['body', 'header'] } = options
  if (typeof authenticate !== 'function') throw invalid('authenticate must be a function')
  if (credentials.length === 0 || credentials.some((name) => !/^\w{1,64}$/.test(name) || name === '__proto__')) {
    throw invalid('credentials must be a list of names')
  }
  if (transports.length === 0 || transports.some((each) => !allTransports.includes(each) || each === 'cookie')) {
    throw invalid('transports must be a list of "body" and "header"')
  }
  // Exactly the names in `credentials` are handed over, which is what Name says.
  return { latchkey, authenticate: authenticate as Authenticate<string>, credentials, transports }
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)
