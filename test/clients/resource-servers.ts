// Resource servers as other people build them, each with an unmodified library and the settings that its own documents
// give for an issuer like ours. They know the issuer's URL, the audience and the algorithm, and nothing of Latchkey.

import { createRequire } from 'node:module'
import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express'
import { expressjwt } from 'express-jwt'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import jwksRsa from 'jwks-rsa'
import * as oauth from 'oauth4webapi'
import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'
import { listen, type Listening } from './listening.ts'

export interface Trusted {
  readonly issuer: string
  readonly audience: string
  readonly alg: 'ES256' | 'RS256'
}

/** Says whose token it is, or null where it is refused. Rejects where the library failed otherwise. */
type Verify = (accessToken: string) => Promise<string | null>

export interface ResourceServer {
  readonly verify: Verify
  /** Where its route is, if it is a server by itself. */
  readonly me?: string
  readonly close: () => Promise<void>
}

const keysOf = ({ issuer }: Trusted): string => `${issuer}/.well-known/jwks.json`
const notClosed = async (): Promise<void> => undefined

async function joseServer(trusted: Trusted): Promise<ResourceServer> {
  const { issuer, audience, alg } = trusted
  const keys = createRemoteJWKSet(new URL(keysOf(trusted)))
  const verify: Verify = async (token) => {
    const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms: [alg], typ: 'at+jwt' })
    return payload.sub ?? null
  }
  return {
    verify: refusing(verify, (error) => String((error as { code?: unknown }).code).startsWith('ERR_J')),
    close: notClosed,
  }
}

async function oauth4webapiServer({ issuer, audience, alg }: Trusted): Promise<ResourceServer> {
  // The library's own way to allow http, which it says is for tests.
  const insecure = { [oauth.allowInsecureRequests]: true }
  const url = new URL(issuer)
  const found = await oauth.discoveryRequest(url, { ...insecure, algorithm: 'oauth2' })
  const as = await oauth.processDiscoveryResponse(url, found)
  const verify: Verify = async (token) => {
    const request = new Request('http://api.example/me', { headers: { authorization: `Bearer ${token}` } })
    const options = { ...insecure, signingAlgorithms: [alg] }
    return (await oauth.validateJwtAccessToken(as, request, audience, options)).sub
  }
  return { verify: refusing(verify, (error) => error instanceof oauth.OperationProcessingError), close: notClosed }
}

async function passportServer(trusted: Trusted): Promise<ResourceServer> {
  const { issuer, audience, alg } = trusted
  const strategy = new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider: jwksRsa.passportJwtSecret({ jwksUri: keysOf(trusted), cache: true }),
      issuer,
      audience,
      algorithms: [alg],
    },
    (payload: { readonly sub: string }, done) => done(null, { sub: payload.sub }),
  )
  const own = new passport.Passport().use(strategy)
  const authenticate = own.authenticate('jwt', { session: false }) as RequestHandler
  return guarded(authenticate, (req) => (req.user as { readonly sub: string } | undefined)?.sub)
}

async function expressJwtServer(trusted: Trusted): Promise<ResourceServer> {
  const { issuer, audience, alg } = trusted
  const secret = jwksRsa.expressJwtSecret({ jwksUri: keysOf(trusted), cache: true }) as jwksRsa.GetVerificationKey
  const guard = expressjwt({ secret, issuer, audience, algorithms: [alg], requestProperty: 'token' })
  return guarded(guard, (req) => (req as { token?: { sub?: unknown } }).token?.sub)
}

interface Auth0 {
  readonly auth: (options: object) => RequestHandler
  readonly requiredScopes: (scopes: string) => RequestHandler
}

// Its types and ours both say what `req.auth` is, and a program can have only one of them.
export const auth0 = createRequire(import.meta.url)('express-oauth2-jwt-bearer') as Auth0

async function auth0Server(trusted: Trusted): Promise<ResourceServer> {
  const { issuer, audience, alg } = trusted
  const guard = auth0.auth({ issuer, jwksUri: keysOf(trusted), audience, tokenSigningAlg: alg, strict: true })
  return guarded(guard, subjectOfAuth0)
}

// The same library finding everything out by itself: it takes a full address for the metadata's.
async function auth0DiscoveringServer({ issuer, audience, alg }: Trusted): Promise<ResourceServer> {
  const issuerBaseURL = `${issuer}/.well-known/oauth-authorization-server`
  return guarded(auth0.auth({ issuerBaseURL, audience, tokenSigningAlg: alg, strict: true }), subjectOfAuth0)
}

const subjectOfAuth0 = (req: Request): unknown =>
  (req.auth as { readonly payload?: { readonly sub?: unknown } } | undefined)?.payload?.sub

/** Every one of them, by the names of the libraries. */
export const resourceServers: Readonly<Record<string, (trusted: Trusted) => Promise<ResourceServer>>> = {
  jose: joseServer,
  oauth4webapi: oauth4webapiServer,
  'passport-jwt with jwks-rsa': passportServer,
  'express-jwt with jwks-rsa': expressJwtServer,
  'express-oauth2-jwt-bearer': auth0Server,
  'express-oauth2-jwt-bearer by discovery': auth0DiscoveringServer,
}

// A middleware in front of a route that says whose token came.
async function guarded(guard: RequestHandler, subjectOf: (req: Request) => unknown): Promise<ResourceServer> {
  const app = express()
  app.get('/me', guard, (req: Request, res: Response) => void res.json({ sub: subjectOf(req) }))
  const toStatus: ErrorRequestHandler = (error: Error & { readonly status?: number }, _req, res, _next) => {
    res.status(error.status ?? 500).json({ error: error.message })
  }
  app.use(toStatus)
  const server: Listening = await listen(app)
  const verify: Verify = async (token) => {
    const answer = await fetch(`${server.url}/me`, { headers: { authorization: `Bearer ${token}` } })
    if (answer.status === 401) return null
    if (answer.status !== 200) throw new Error(`the resource server failed: ${answer.status} ${await answer.text()}`)
    return ((await answer.json()) as { readonly sub: string }).sub
  }
  return { verify, me: `${server.url}/me`, close: server.close }
}

const refusing =
  (verify: Verify, isRefusal: (error: unknown) => boolean): Verify =>
  async (token) => {
    try {
      return await verify(token)
    } catch (error) {
      if (isRefusal(error)) return null
      throw error
    }
  }
