// Puts the engine on an Express application: a router with the routes of the plain dialect, the middleware that
// protects everything else, and a way to sign a user in from a route of the application's own.

import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { Latchkey } from '../index.ts'
import { passOn, sendRefusal } from './answers.ts'
import { allowOrigin, answerPreflight } from './cors.ts'
import { endOtherSessions, endSession, listSessions } from './devices.ts'
import { forbidEmbedding } from './embedding.ts'
import type { Exchange, Route } from './exchange.ts'
import { checkCredentials, login, signIn } from './login.ts'
import { createWellKnown, oauthRoutes } from './oauth/index.ts'
import { signInPage, signOutPage } from './pages.ts'
import { renew } from './renewal.ts'
import { createRequireAuth, type RequireAuthOptions } from './require-auth.ts'
import { settingsOf, type SessionsOptions, type SignInUser } from './settings.ts'
import { logout, logoutAll } from './sign-out.ts'

export interface Sessions {
  /** Mount it with `app.use(sessions.router)`, or under a path. Answers its own routes and leaves all others alone. */
  readonly router: RequestHandler
  /** Mount it at the root where the router stands under a path, or the issuer has one: its metadata (RFC 8414 s3.1). */
  readonly wellKnown: RequestHandler
  /** Middleware for what only signed-in users may reach. */
  readonly requireAuth: (options?: RequireAuthOptions) => RequestHandler
  /** Begins a session for a user whom the application has authenticated in another way, and answers the request. */
  readonly signIn: (req: Request, res: Response, user: SignInUser) => Promise<void>
  /**
   * Who the credentials in a form of the application's own belong to, asked of `authenticate` and counted as a try; null
   * where they are wrong. Throws a LatchkeyError such as `throttled` or `origin_refused`, for `sendRefusal`.
   */
  readonly authenticate: (req: Request, res: Response, credentials: unknown) => Promise<SignInUser | null>
  /**
   * Begins a session for a form of a page without script: sets cookies, and leaves the answer to the application. False
   * where it was refused, and answered.
   */
  readonly signInPage: (req: Request, res: Response, user: SignInUser) => Promise<boolean>
  /** Ends the session of a page's cookies and takes them away, and leaves the answer to the application; false as above. */
  readonly signOutPage: (req: Request, res: Response) => Promise<boolean>
}

const routes: ReadonlyMap<string, Route> = new Map([
  ['POST /login', login],
  ['POST /token', renew],
  ['POST /refresh', renew],
  ['POST /logout', logout],
  ['POST /logout/all', logoutAll],
  ['GET /sessions', listSessions],
  ['DELETE /sessions', endOtherSessions],
  ...oauthRoutes,
])

/** Every method and path that the router answers, for a server that wants to say 405 beside it. */
export const routeTable: readonly string[] = [...routes.keys(), 'DELETE /sessions/:id']

const methodsByPath = Map.groupBy(routeTable, (route) => route.slice(route.indexOf(' ') + 1))

/** Puts an engine on Express. Throws `option_invalid`. */
export function createSessions<Name extends string = 'username' | 'password'>(
  latchkey: Latchkey,
  options: SessionsOptions<Name>,
): Sessions {
  const settings = settingsOf(latchkey, options)
  return {
    router: (req, res, next) => {
      const route = routeOf(req)
      if (route !== undefined) {
        forbidEmbedding(res)
        allowOrigin(req, res, settings)
        answer(() => route({ req, res, settings }), req, res, next)
      } else if (req.method !== 'OPTIONS' || !answerPreflight(req, res, settings, methodsAt(req))) next()
    },
    wellKnown: createWellKnown(settings),
    requireAuth: (required) => createRequireAuth(settings, required),
    signIn: async (req, res, user) => {
      await unlessRefused({ req, res, settings }, (exchange) => signIn(exchange, user))
    },
    authenticate: (req, res, credentials) => checkCredentials({ req, res, settings }, credentials),
    signInPage: (req, res, user) => unlessRefused({ req, res, settings }, (exchange) => signInPage(exchange, user)),
    signOutPage: (req, res) => unlessRefused({ req, res, settings }, signOutPage),
  }
}

// What is no refusal of ours goes back to the caller, and from there to the application's error handler.
async function unlessRefused(exchange: Exchange, work: Route): Promise<boolean> {
  try {
    await work(exchange)
    return true
  } catch (error) {
    if (!sendRefusal(exchange.req, exchange.res, error)) throw error
    return false
  }
}

function answer(work: () => Promise<void>, req: Request, res: Response, next: NextFunction): void {
  work().then(undefined, (error: unknown) => {
    if (!sendRefusal(req, res, error)) passOn(error, next)
  })
}

function routeOf(req: Request): Route | undefined {
  const path = pathOf(req)
  const [, id] = req.method === 'DELETE' ? (/^\/sessions\/([^/]+)$/.exec(path) ?? []) : []
  if (id !== undefined) return (exchange) => endSession(exchange, id)
  // Whoever answers GET answers HEAD too (RFC 9110 s9.1); node:http leaves the body out.
  return routes.get(`${req.method === 'HEAD' ? 'GET' : req.method} ${path}`)
}

function methodsAt(req: Request): readonly string[] {
  const found = methodsByPath.get(pathOf(req).replace(/^\/sessions\/[^/]+$/, '/sessions/:id')) ?? []
  return found.map((route) => route.slice(0, route.indexOf(' ')))
}

const pathOf = ({ path }: Request): string => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path)
