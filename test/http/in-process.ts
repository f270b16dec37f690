// The library on an Express application in this process, with a clock that a test can set: for what takes days, and for
// what only an application of one's own can show (its routes, its parsers, its error handler).

import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type Express, type Request, type Response } from 'express'
import { createLatchkey, generateKeys, type Latchkey, type LatchkeyOptions } from 'latchkey'
import { createSessions, type Sessions, type SessionsOptions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { settableClock, type SettableClock } from 'latchkey/testing'

export const day = 86_400_000
export const credentials = { username: 'ada', password: 'the right one' }

export interface RunningApp {
  readonly url: string
  readonly latchkey: Latchkey
  /** Moves the clock on by this many milliseconds, or back; what waits for it is called on the way. */
  readonly advance: (ms: number) => void
  /** What reached the application's own error handler. */
  readonly errors: readonly unknown[]
  readonly close: () => Promise<void>
}

export interface AppOptions {
  readonly latchkey?: Partial<LatchkeyOptions>
  readonly sessions?: Partial<SessionsOptions>
  /** A clock to share with another application. */
  readonly clock?: SettableClock
  /** Mounts the parts in an order of its own; by default the router, then `/me`. */
  readonly mount?: (app: Express, sessions: Sessions) => void
}

/** Knows one user and one password. */
const authenticate: SessionsOptions['authenticate'] = ({ username, password }) =>
  password === credentials.password ? { id: `id-of-${username}`, profile: { name: username } } : null

export const showMe = (req: Request, res: Response): void => void res.json({ subject: req.auth?.subject })

const mountAll = (app: Express, sessions: Sessions): void => {
  app.use(sessions.router)
  app.get('/me', sessions.requireAuth({ clients: 'any' }), showMe)
}

const oneKeySet = generateKeys()

/** Starts an application; close it when done. */
export async function startApp(given: AppOptions = {}): Promise<RunningApp> {
  const { latchkey: options, sessions, mount = mountAll, clock = settableClock(Date.now()) } = given
  const defaults = { issuer: 'https://app.example', store: memoryStore(), keys: oneKeySet }
  const latchkey = await createLatchkey({ ...defaults, ...options }, clock.ports)
  const app = express()
  const errors: unknown[] = []
  mount(app, createSessions(latchkey, { authenticate, ...sessions }))
  app.use((error: unknown, _req: Request, res: Response, _next: () => void) => {
    errors.push(error)
    res.status(500).json({ own: 'error handler' })
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await latchkey.close()
  }
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, latchkey, advance: clock.advance, errors, close }
}

/** Runs a test on an application of its own. */
export async function withApp(options: AppOptions, run: (app: RunningApp) => Promise<void>): Promise<void> {
  const app = await startApp(options)
  try {
    await run(app)
  } finally {
    await app.close()
  }
}
