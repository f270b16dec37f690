// Lets a request pass only with a live access token, and says who it is in `req.auth`. A token that this node has seen
// costs no signature, no store trip and no promise.

import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { isLatchkeyError, MisuseError, type Access, type Latchkey, type LatchkeyError } from '../index.ts'
import { passOn, sendRefusal } from './answers.ts'
import { accessTokenOf } from './carrier.ts'

declare global {
  namespace Express {
    interface Request {
      /** What the access token says; set by `requireAuth()`. */
      auth?: Access
    }
  }
}

export interface RequireAuthOptions {
  /** `live` asks the store whether the session lives, for what must not rest on this node's knowledge; costs a store trip. */
  readonly freshness?: 'known' | 'live'
}

/** Middleware that refuses with 401 and `WWW-Authenticate` (RFC 6750), or 503 where the store is asked and silent. */
export function createRequireAuth(latchkey: Latchkey, options: RequireAuthOptions = {}): RequestHandler {
  const freshness = Object.hasOwn(options, 'freshness') ? (options.freshness ?? 'known') : 'known'
  if (freshness !== 'known' && freshness !== 'live') {
    throw new MisuseError('option_invalid', 'freshness must be "known" or "live"')
  }
  return (req, res, next) => {
    const known = freshness === 'known' ? seen(latchkey, req) : undefined
    if (isLatchkeyError(known)) refuse(req, res, next, known)
    else if (known !== undefined) pass(req, next, known)
    else {
      look(latchkey, req, freshness).then(
        (access) => pass(req, next, access),
        (error: unknown) => refuse(req, res, next, error),
      )
    }
  }
}

/** The caller of a request, asked of the store. Throws as `Latchkey.verifyLive`. */
export const liveCaller = (latchkey: Latchkey, req: Request): Promise<Access> => look(latchkey, req, 'live')

async function look(latchkey: Latchkey, req: Request, freshness: 'known' | 'live'): Promise<Access> {
  const token = accessTokenOf(req)
  return freshness === 'live' ? latchkey.verifyLive(token) : latchkey.verify(token)
}

function seen(latchkey: Latchkey, req: Request): Access | LatchkeyError | undefined {
  try {
    return latchkey.seen(accessTokenOf(req))
  } catch (error) {
    if (isLatchkeyError(error)) return error
    throw error
  }
}

function pass(req: Request, next: NextFunction, access: Access): void {
  req.auth = access
  next()
}

function refuse(req: Request, res: Response, next: NextFunction, error: unknown): void {
  if (!sendRefusal(req, res, error)) passOn(error, next)
}
