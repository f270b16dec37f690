// Lets a request pass only with a live access token, and says who it is in `req.auth`. A bearer token that this node has
// seen costs no signature, no store trip and no promise.

import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { firstParty, isLatchkeyError, LatchkeyError, MisuseError, type Access } from '../index.ts'
import { passOn, sendRefusal } from './answers.ts'
import { accessTokenOf, pageAccessTokenOf, restsOnCookies, type CarriedAccess } from './carrier.ts'
import { checkPageRequest, renewFromCookies } from './page-renewal.ts'
import type { Settings } from './settings.ts'
import { statuses } from './statuses.ts'
import { checkRequirements, requirementNames, requirementsOf } from './step-up.ts'
import type { CheckedRequirements, Requirements } from './step-up.ts'

declare global {
  namespace Express {
    interface Request {
      /** What the access token says; set by `requireAuth()`. */
      auth?: Access
    }
  }
}

export interface RequireAuthOptions extends Requirements {
  /** `live` asks the store whether the session lives, for what must not rest on this node's knowledge; costs a store trip. */
  readonly freshness?: 'known' | 'live'
  /** For pages made on the server: takes the access token from its cookie, and renews it on the way where it has expired. */
  readonly renew?: boolean
  /** Answers a page's visitor who is not signed in, in the place of 401: as a rule by a redirect to the sign-in. Only with `renew`. */
  readonly otherwise?: RequestHandler
}

interface Guard {
  readonly settings: Settings
  readonly freshness: 'known' | 'live'
  readonly renew: boolean
  readonly otherwise: RequestHandler | undefined
  readonly requirements: CheckedRequirements
}

/** Middleware that refuses with 401 or 403 and `WWW-Authenticate` (RFC 6750), or 503 where the store is asked and silent. */
export function createRequireAuth(settings: Settings, options: RequireAuthOptions = {}): RequestHandler {
  const guard = guardOf(settings, options)
  return (req, res, next) => {
    const known = guard.freshness === 'known' && !guard.renew ? seen(guard, req) : undefined
    if (isLatchkeyError(known)) refuse(req, res, next, known)
    else if (known !== undefined) pass(req, next, known)
    else {
      look(guard, req, res).then(
        (access) => pass(req, next, access),
        (error: unknown) => {
          if (guard.otherwise !== undefined && isSignInNeeded(error)) handOver(guard.otherwise, req, res, next)
          else refuse(req, res, next, error)
        },
      )
    }
  }
}

function guardOf(settings: Settings, given: RequireAuthOptions): Guard {
  const options: RequireAuthOptions = Object.assign(Object.create(null), given)
  const names = ['freshness', 'renew', 'otherwise', ...requirementNames]
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw invalid(`requireAuth has no option "${unknown}"; it has ${names.join(', ')}`)
  const { freshness = 'known', renew = false, otherwise } = options
  if (freshness !== 'known' && freshness !== 'live') throw invalid('freshness must be "known" or "live"')
  if (typeof renew !== 'boolean') throw invalid('renew must be true or false')
  if (renew && !settings.cookies.access)
    throw invalid('renew is for pages: it needs createSessions({ cookies: { access: true } })')
  if (otherwise !== undefined && (typeof otherwise !== 'function' || !renew)) {
    throw invalid('otherwise must be a function, and goes with renew')
  }
  return { settings, freshness, renew, otherwise, requirements: requirementsOf(options) }
}

/** The owner of an account, by his own pages and apps, asked of the store. Throws as `Latchkey.verifyLive`, and `scope_insufficient`. */
export async function liveCaller(settings: Settings, req: Request): Promise<Access> {
  const access = await verified({ settings, freshness: 'live' }, req, accessTokenOf(req))
  if (access.client === firstParty) return access
  // What a user has let a registered client do is in its scope; his sessions are never.
  throw new LatchkeyError('scope_insufficient', { detail: 'the token is a registered client’s' })
}

async function look(guard: Guard, req: Request, res: Response): Promise<Access> {
  const access = guard.renew ? await ofPage(guard, req, res) : await verified(guard, req, accessTokenOf(req))
  checkRequirements(access, guard.requirements, guard.settings.latchkey.now())
  return access
}

// A page's access token that is missing or has expired is not the end: the refresh cookie may stand beside it.
async function ofPage(guard: Guard, req: Request, res: Response): Promise<Access> {
  res.vary('Cookie')
  if (!restsOnCookies(req)) return verified(guard, req, accessTokenOf(req))
  checkPageRequest(req, guard.settings)
  try {
    return await verified(guard, req, pageAccessTokenOf(req, guard.settings))
  } catch (error) {
    const renewable = isLatchkeyError(error) && ['access_missing', 'access_expired'].includes(error.code)
    const renewed = renewable ? await renewFromCookies(req, res, guard.settings) : undefined
    if (renewed === undefined) throw error
    return renewed
  }
}

// As Express does with a handler that it calls itself: what this one throws, at once or later, is an error of the application.
function handOver(handler: RequestHandler, req: Request, res: Response, next: NextFunction): void {
  const work = async (): Promise<unknown> => handler(req, res, next)
  work().catch((error: unknown) => passOn(error, next))
}

const isSignInNeeded = (error: unknown): boolean => isLatchkeyError(error) && statuses[error.code].status === 401

type Look = Pick<Guard, 'settings' | 'freshness'>

async function verified({ settings, freshness }: Look, req: Request, carried: CarriedAccess): Promise<Access> {
  const { token, scheme } = carried
  const { latchkey, dpop } = settings
  const access = freshness === 'live' ? await latchkey.verifyLive(token) : await latchkey.verify(token)
  checkScheme(access, scheme)
  if (access.thumbprint !== null) await dpop.atResource(req, token, access)
  return access
}

// A bound token is no bearer token, nor the other way round (RFC 9449 s7.1): either would be a way around the proof.
function checkScheme({ thumbprint }: Access, scheme: CarriedAccess['scheme']): void {
  if ((thumbprint === null) === (scheme === 'Bearer')) return
  throw new LatchkeyError('access_invalid', { detail: 'the token came under the scheme of another kind' })
}

function seen({ settings, requirements }: Guard, req: Request): Access | LatchkeyError | undefined {
  try {
    const { token, scheme } = accessTokenOf(req)
    // A proof is checked each time, which takes a promise.
    const access = scheme === 'Bearer' ? settings.latchkey.seen(token) : undefined
    if (access === undefined) return undefined
    checkScheme(access, scheme)
    // What most requests are: the application's own, on a route that asks for nothing more.
    if (requirements.satisfied && access.client === firstParty) return access
    checkRequirements(access, requirements, settings.latchkey.now())
    return access
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

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)
