// Puts the engine on an Express application: a router with the routes of the plain dialect, the middleware that
// protects everything else, and a way to sign a user in from a route of the application's own.

import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { Latchkey } from '../index.ts'
import { passOn, sendRefusal } from './answers.ts'
import { settingsOf, type SessionsOptions, type SignInUser } from './settings.ts'
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
  const settings = settingsOf(latchkey, options)
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
