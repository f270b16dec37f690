// Puts the engine on an Express application: a router with the routes of the plain dialect, the middleware that
// protects everything else, and a way to sign a user in from a route of the application's own.

import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { MisuseError, transports as allTransports, type Claims, type Latchkey, type Transport } from '../index.ts'
import { passOn, sendRefusal } from './answers.ts'
import { createRequireAuth, type RequireAuthOptions } from './require-auth.ts'
import {
  endOtherSessions,
  endSession,
  listSessions,
  login,
  logout,
  logoutAll,
  renew,
  signIn,
  type Exchange,
} from './routes.ts'

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

export interface Sessions {
  /** Mount it with `app.use(sessions.router)`, or under a path. Answers its own routes and leaves all others alone. */
  readonly router: RequestHandler
  /** Middleware for what only signed-in users may reach. */
  readonly requireAuth: (options?: RequireAuthOptions) => RequestHandler
  /** Begins a session for a user whom the application has authenticated in another way, and answers the request. */
  readonly signIn: (req: Request, res: Response, user: SignInUser) => Promise<void>
}

type Route = (exchange: Exchange) => Promise<void>

const routes: ReadonlyMap<string, Route> = new Map([
  ['POST /login', login],
  ['POST /token', renew],
  ['POST /refresh', renew],
  ['POST /logout', logout],
  ['POST /logout/all', logoutAll],
  ['GET /sessions', listSessions],
  ['DELETE /sessions', endOtherSessions],
])

/** Every method and path that the router answers, for a server that wants to say 405 beside it. */
export const routeTable: readonly string[] = [...routes.keys(), 'DELETE /sessions/:id']

/** Puts an engine on Express. Throws `option_invalid`. */
export function createSessions<Name extends string = 'username' | 'password'>(
  latchkey: Latchkey,
  options: SessionsOptions<Name>,
): Sessions {
  const settings = checked(latchkey, options)
  return {
    router: (req, res, next) => {
      const route = routeOf(req)
      if (route === undefined) next()
      else answer(() => route({ req, res, settings }), req, res, next)
    },
    requireAuth: (required) => createRequireAuth(latchkey, required),
    signIn: async (req, res, user) => {
      await signIn({ req, res, settings }, user).catch((error: unknown) => {
        // What is no refusal of ours goes back to the caller, and from there to the application's error handler.
        if (!sendRefusal(req, res, error)) throw error
      })
    },
  }
}

function answer(work: () => Promise<void>, req: Request, res: Response, next: NextFunction): void {
  work().then(undefined, (error: unknown) => {
    if (!sendRefusal(req, res, error)) passOn(error, next)
  })
}

function routeOf(req: Request): Route | undefined {
  const { path } = req
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  const [, id] = req.method === 'DELETE' ? (/^\/sessions\/([^/]+)$/.exec(plain) ?? []) : []
  if (id !== undefined) return (exchange) => endSession(exchange, id)
  return routes.get(`${req.method} ${plain}`)
}

function checked<Name extends string>(latchkey: Latchkey, given: SessionsOptions<Name>): Settings {
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
