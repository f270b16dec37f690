// What `createSessions` is given, and the same after it was checked, as the routes work with it.

import type { Request } from 'express'
import { MisuseError, transports as allTransports } from '../index.ts'
import type { Authentication, Claims, Latchkey, Transport } from '../index.ts'
import { openClients, type ClientRegistry, type Clients } from './clients.ts'
import { cookieSettingsOf, type CookieOptions, type CookieSettings } from './cookie-options.ts'
import { createDpop, type Dpop, type DpopOptions } from './dpop/index.ts'
import { createThrottle, type Throttle, type ThrottleOptions } from './throttle/index.ts'

/** A user who has proved who he is, as the application knows him. */
export interface SignInUser extends Authentication {
  /** Stable, and not an e-mail address: it stands in every access token. */
  readonly id: string
  /** Shown to the user himself in the answer to his sign-in. */
  readonly profile?: Readonly<Record<string, unknown>>
  /** Added to the session's access tokens. */
  readonly claims?: Claims
  /** Space-separated, as in RFC 6749. */
  readonly scope?: string
  /** For `sessions.signIn`: the registered client that the session is for, which the application has authenticated; elsewhere another client than the session's is a defect. */
  readonly client?: string
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
  /** The members of the sign-in's body, all of them texts, the account first; `username` and `password` where nothing is said. */
  readonly credentials?: readonly Name[]
  /** How refresh tokens may travel: `body` and `header` where nothing is said; `cookie` for browsers. */
  readonly transports?: readonly Transport[]
  /** The URL under which the router is reached from outside; the issuer, where nothing is said. */
  readonly publicUrl?: string
  /** Other origins whose pages may call with cookies and read the answers, such as `https://app.example.com`. */
  readonly origins?: readonly string[]
  /** How cookies are named and sent, where `transports` has `cookie` (docs/cookies.md). */
  readonly cookies?: CookieOptions
  /** The registered OAuth clients; `first-party` is built in. */
  readonly clients?: Clients
  /** What DPoP proofs must hold and where they are remembered (docs/dpop.md). */
  readonly dpop?: DpopOptions
  /** Limits on tries; `false` where something in front of the application does it. */
  readonly throttle?: ThrottleOptions | false
}

/** The options, checked. */
export interface Settings {
  readonly latchkey: Latchkey
  readonly authenticate: (
    credentials: Readonly<Record<string, string>>,
    req: Request,
  ) => Promise<SignInUser | null | undefined>
  readonly credentials: readonly string[]
  readonly transports: readonly Transport[]
  /** Without a slash at its end. */
  readonly publicUrl: string
  /** Every origin whose pages may call with cookies, our own too. */
  readonly origins: ReadonlySet<string>
  readonly cookies: CookieSettings
  readonly clients: ClientRegistry
  readonly dpop: Dpop
  readonly throttle: Throttle
}

const names = 'authenticate credentials transports publicUrl origins cookies clients dpop throttle'.split(' ')

/** The options, checked. Throws `option_invalid`. */
export function settingsOf<Name extends string>(latchkey: Latchkey, given: SessionsOptions<Name>): Settings {
  // Own properties alone: a polluted prototype sets nothing.
  const options: SessionsOptions<Name> = Object.assign(Object.create(null), given)
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw invalid(`createSessions has no option "${unknown}"; it has ${names.join(', ')}`)
  const { authenticate, credentials = ['username', 'password'], transports = ['body', 'header'] } = options
  if (typeof authenticate !== 'function') throw invalid('authenticate must be a function')
  if (!isList(credentials) || credentials.some((name) => !/^\w{1,64}$/.test(name) || name === '__proto__')) {
    throw invalid('credentials must be a list of names')
  }
  if (!isList(transports) || transports.some((each) => !allTransports.includes(each))) {
    throw invalid(`transports must be a list of ${allTransports.join(', ')}`)
  }
  const publicUrl = publicUrlOf(options.publicUrl ?? latchkey.issuer)
  return {
    latchkey,
    // Exactly the names in `credentials` are handed over, which is what Name says.
    authenticate: async (named, req) => (authenticate as Authenticate<string>)(named, req),
    credentials,
    transports,
    publicUrl,
    origins: new Set([new URL(publicUrl).origin, ...originsOf(options.origins)]),
    cookies: cookieSettingsOf(options.cookies, { allowed: transports.includes('cookie'), publicUrl }),
    clients: openClients(options.clients),
    dpop: createDpop({ latchkey, publicUrl }, options.dpop),
    throttle: createThrottle(latchkey, options.throttle),
  }
}

function publicUrlOf(value: unknown): string {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null
  const none = url === null || `${url.search}${url.hash}${url.username}${url.password}` === ''
  if (url === null || !/^https?:$/.test(url.protocol) || !none) {
    throw invalid('publicUrl must be an http or https URL without user, query or fragment')
  }
  return url.href.replace(/\/$/, '')
}

// A text has a length and no members that could be checked.
const isList = (value: readonly unknown[]): boolean => Array.isArray(value) && value.length > 0

function originsOf(value: unknown = []): string[] {
  if (!Array.isArray(value)) throw invalid('origins must be a list of origins, such as "https://app.example.com"')
  return value.map(originOf)
}

// An origin is compared as a text: one with a path, a slash or capitals would never match, and nobody would know why.
function originOf(value: unknown): string {
  const fits =
    typeof value === 'string' && /^https?:[^*]+$/.test(value) && URL.canParse(value) && new URL(value).origin === value
  if (!fits) throw invalid('origins must be a list of origins, such as "https://app.example.com"')
  return value
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)
