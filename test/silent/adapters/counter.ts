// A real server with the routes that an application has, and a real client that is signed in there. It writes down what
// reaches it, bytes and all, because that is what an adapter can spoil: a body that differs the second time, a header
// too many.

import type { Express, Request, RequestHandler, Response } from 'express'
import { bodyMode, type LatchkeyClient } from 'latchkey/client'
import type { Sessions } from 'latchkey/express'
import { inspect } from 'node:util'
import { expect } from 'vitest'
import { createClientIn } from '../../helpers/client-in.ts'
import { credentials, startApp } from '../../http/in-process.ts'

const minute = 60_000

/** One request as the server saw it. */
export interface Seen {
  readonly route: string
  readonly contentType: string | undefined
  readonly hasToken: boolean
  readonly bytes: Buffer
}

export interface Counter {
  readonly url: string
  readonly client: LatchkeyClient
  readonly seen: readonly Seen[]
  /** How often the session was renewed. */
  readonly renewals: () => number
  /** The access token is over: for both sides, or for the server alone, which the client learns by a 401. */
  readonly expire: (known: 'known' | 'unknown') => void
  /** Keeps renewals waiting until it is called. */
  readonly holdRenewals: () => () => void
  /** From now on renewals are answered as in an outage. */
  readonly failRenewals: () => void
  readonly close: () => Promise<void>
}

const readAll = async (req: Request): Promise<Buffer> => Buffer.concat(await req.toArray())

// The router reads its own bodies.
const isOurs = (path: string): boolean => ['/login', '/token', '/logout'].includes(path)

interface Gate {
  opened: Promise<void>
  isOutage: boolean
}

function watching(seen: Seen[], gate: Gate): RequestHandler {
  return async (req, res, next) => {
    const bytes = isOurs(req.path) ? Buffer.alloc(0) : await readAll(req)
    const { authorization, 'content-type': contentType } = req.headers
    seen.push({ route: `${req.method} ${req.path}`, contentType, hasToken: authorization !== undefined, bytes })
    if (req.path === '/token') await gate.opened
    if (req.path === '/token' && gate.isOutage) return void res.status(503).set('Retry-After', '7').end()
    next()
  }
}

function mountRoutes(app: Express, { router, requireAuth }: Sessions): void {
  app.use(router)
  app.get('/me', requireAuth(), (req, res) => void res.json({ subject: req.auth?.subject }))
  app.post('/files', requireAuth(), (_req, res) => void res.status(201).json({ kept: true }))
  app.get('/open', (_req, res) => void res.json({ open: true }))
  app.get('/gone', requireAuth(), (_req, res) => void res.status(404).json({ error: 'no such thing' }))
  // Never answer.
  app.get('/silent', requireAuth(), () => undefined)
  app.get('/slow', () => undefined)
  // Says of every token that it is bad, as an application does that looks for another audience.
  app.get('/never', (_req: Request, res: Response) => {
    res.status(401).set('WWW-Authenticate', 'Bearer error="invalid_token"').json({ error: 'Unauthorized' })
  })
}

/** Starts the server, and signs the client in. */
export async function openCounter(): Promise<Counter> {
  const seen: Seen[] = []
  const gate: Gate = { opened: Promise.resolve(), isOutage: false }
  const mount = (app: Express, sessions: Sessions): void => {
    app.use(watching(seen, gate))
    mountRoutes(app, sessions)
  }
  const app = await startApp({ mount })
  let ahead = 0
  const client = createClientIn(
    { now: () => Date.now() + ahead, steady: () => performance.now() + ahead },
    { baseUrl: app.url, transport: bodyMode() },
  )
  await client.signIn(credentials)
  seen.length = 0
  const expire = (known: 'known' | 'unknown'): void => {
    app.advance(11 * minute)
    if (known === 'known') ahead += 11 * minute
  }
  const holdRenewals = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    gate.opened = promise
    return resolve
  }
  const failRenewals = (): void => {
    gate.isOutage = true
  }
  const close = async (): Promise<void> => {
    client.dispose()
    await app.close()
  }
  const renewals = (): number => seen.filter(({ route }) => route === 'POST /token').length
  return { url: app.url, client, seen, renewals, expire, holdRenewals, failRenewals, close }
}

/** The tries of one route, as the server saw them. */
export const triesOf = ({ seen }: Counter, route: string): Seen[] => seen.filter((one) => one.route === route)

/** Fails where a token, or the header that carries one, is anywhere in what an error shows to whoever logs it. */
export function expectNoToken(error: unknown): void {
  const shown = [inspect(error, { depth: 20, showHidden: true }), String((error as Error).stack), JSON.stringify(error)]
  const { request, config } = error as { request?: { headers?: Headers }; config?: { headers?: object } }
  const headers = [...(request?.headers ?? []), ...Object.entries(config?.headers ?? {})]
  expect([...shown, JSON.stringify(headers)].join('\n')).not.toMatch(/eyJ|lkr1_|Bearer [\w-]+\./)
  expect(headers.map(([name]) => name.toLowerCase())).not.toContain('authorization')
}

/** Runs a call that has to fail, and returns what it failed with. */
export async function failureOf(call: Promise<unknown>): Promise<Record<string, unknown> & Error> {
  const failed = await call.then(
    () => undefined,
    (error: unknown) => error as Record<string, unknown> & Error,
  )
  if (failed === undefined) throw new Error('it went through')
  return failed
}
