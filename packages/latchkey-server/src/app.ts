// The Express application of the ready server: the library's router, a protected route to try it on, health, the page,
// and the two answers that the router leaves to its application, 404 and 405.

import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import { LatchkeyError } from 'latchkey'
import { createSessions, routeTable, sendRefusal } from 'latchkey/express'
import type { Logger } from 'pino'
import { createClientFinder } from './clients/finder.ts'
import type { Config } from './config.ts'
import type { Deployment } from './deployment.ts'
import { createPage } from './page.ts'
import type { Telemetry } from './telemetry.ts'

/** The application, without a socket. `isStopping` makes it say that it is not ready; `telemetry` counts its answers. */
export function createApp(
  deployment: Deployment,
  { browsers, throttle }: Pick<Config, 'browsers' | 'throttle'>,
  log: Logger,
  isStopping: () => boolean,
  telemetry?: Pick<Telemetry, 'countResponses'>,
): Express {
  const { latchkey, accounts, clients } = deployment
  const routes = [...routeTable, 'GET /me', 'GET /healthz', 'GET /readyz', 'GET /']
  const sessions = createSessions(latchkey, {
    authenticate: ({ username, password }) => accounts.authenticate(username, password),
    transports: browsers.transports,
    origins: browsers.origins,
    cookies: { sameSite: browsers.sameSite, insecure: browsers.insecureCookies },
    // Every route stands below the issuer: where that has a path, a proxy in front takes it off.
    dpop: { resourceUrl: latchkey.issuer },
    clients: { find: createClientFinder(clients, () => latchkey.now()) },
    throttle,
  })
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', browsers.trustProxy)
  if (telemetry !== undefined) app.use(telemetry.countResponses(routes))
  app.use(headers())
  app.use(sessions.router)
  app.use(sessions.wellKnown)
  app.get('/me', sessions.requireAuth({ clients: 'any' }), me(deployment))
  app.get('/healthz', (_req, res) => void res.json({ status: 'ok' }))
  app.get('/readyz', ready(deployment, isStopping))
  app.use(createPage())
  app.use(noSuchRoute(routes))
  app.use(errorAnswer(log))
  return app
}

function headers(): RequestHandler {
  const self = ["'self'"]
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: self,
        styleSrc: self,
        connectSrc: self,
        imgSrc: self,
        formAction: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    crossOriginEmbedderPolicy: false,
  })
}

const me =
  ({ directory }: Deployment): RequestHandler =>
  async (req, res, next) => {
    try {
      const user = req.auth === undefined ? null : await directory.byId(req.auth.subject)
      if (user === null || user.disabledAt !== null) throw new LatchkeyError('access_ended')
      res.set('Cache-Control', 'no-store').json({ id: user.id, name: user.name, admin: user.admin })
    } catch (error) {
      if (!sendRefusal(req, res, error)) next(error)
    }
  }

const ready =
  ({ latchkey }: Deployment, isStopping: () => boolean): RequestHandler =>
  async (_req, res) => {
    const { ready: able, feedAgeMs } = await latchkey.readiness()
    const ok = able && !isStopping()
    res.status(ok ? 200 : 503).json({ status: ok ? 'ready' : 'not ready', feedAgeMs })
  }

// Whatever no route has taken: a known path with the wrong method is 405 with Allow, the rest 404.
function noSuchRoute(table: readonly string[]): RequestHandler {
  return (req, res, next) => {
    const path = req.path.replace(/^\/sessions\/[^/]+\/?$/, '/sessions/:id').replace(/(?<=.)\/$/, '')
    const methods = table.filter((route) => route.endsWith(` ${path}`)).map((route) => route.split(' ', 1)[0] ?? '')
    if (methods.length > 0) res.set('Allow', [...new Set(methods)].join(', '))
    if (!sendRefusal(req, res, new LatchkeyError(methods.length > 0 ? 'method_not_allowed' : 'not_found'))) next()
  }
}

// What reaches this is a defect, ours or Express's refusal of a malformed URL: loud in the log, silent in the answer.
function errorAnswer(log: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const status = (error as { status?: unknown } | null)?.status
    const malformed = typeof status === 'number' && status >= 400 && status < 500
    if (!malformed) log.error({ err: error, method: req.method, path: req.path }, 'a request failed')
    sendRefusal(req, res, new LatchkeyError(malformed ? 'request_malformed' : 'internal'))
  }
}
