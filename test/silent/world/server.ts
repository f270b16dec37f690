// A real server for the client's tests: Express over a real port, an engine whose clock stands still until a test moves
// it, every request and every event of the engine written down, and faults put in by script.

import { createHash } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type Express, type Request, type Response } from 'express'
import { createLatchkey, eventNames, generateKeys, type EventName, type Latchkey, type LatchkeyOptions } from 'latchkey'
import { createSessions, type Sessions, type SessionsOptions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { settableClock, type SettableClock } from 'latchkey/testing'
import { vi } from 'vitest'
import type { Fault } from './faults.ts'

export const credentials = { username: 'ada', password: 'the right one' }

export interface ServerOptions {
  readonly accessSeconds?: number
  readonly latchkey?: Partial<LatchkeyOptions>
  readonly sessions?: Partial<SessionsOptions>
  /** Adds routes of its own, before the usual ones. */
  readonly mount?: (app: Express, sessions: Sessions) => void
}

/** One request, as it reached the server. */
export interface Seen {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Of the answer; 0 while there is none, or where it was lost. */
  status: number
}

export interface TestServer {
  /** `http://127.0.0.1:<port>`: base URL of the client, and origin of its pages. */
  readonly url: string
  readonly latchkey: Latchkey
  readonly clock: SettableClock
  readonly requests: readonly Seen[]
  /** How many requests came to this path. */
  readonly count: (path: string) => number
  /** How often the engine told of this. */
  readonly told: (name: EventName) => number
  readonly events: readonly { readonly name: EventName; readonly event: object }[]
  /** The next requests to this path meet these faults, one each. `*` is any path. */
  readonly next: (path: string, ...faults: readonly Fault[]) => void
  /** Every request to this path meets this fault, until the returned function is called. */
  readonly always: (path: string, fault: Fault) => () => void
  /** How many requests faults keep waiting just now. */
  readonly holding: () => number
  readonly close: () => Promise<void>
}

const authenticate: SessionsOptions['authenticate'] = ({ username, password }) =>
  password === credentials.password ? { id: `id-of-${username}`, profile: { name: username } } : null

const keys = generateKeys()

/** Opens one; close it when done. */
export async function openServer(options: ServerOptions = {}): Promise<TestServer> {
  const clock = settableClock(1_700_000_000_000)
  const script = new Script()
  const requests: Seen[] = []
  const app = express()
  const server = createServer((req, res) => {
    requests.push(seenOf(req, res))
    // What a server's answers say of the time is what its own clock says.
    res.setHeader('Date', new Date(clock.now()).toUTCString())
    script.meet(req, res, () => void app(req, res))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const latchkey = await engineOf(options, clock)
  const events = eventsOf(latchkey)
  mountAll(app, sessionsOf(latchkey, options, url), options)
  return {
    url,
    latchkey,
    clock,
    requests,
    events,
    count: (path) => requests.filter((each) => each.path === path).length,
    told: (name) => events.filter((each) => each.name === name).length,
    next: (path, ...faults) => script.next(path, faults),
    always: (path, fault) => script.always(path, fault),
    holding: () => script.holding(),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await latchkey.close()
    },
  }
}

const engineOf = ({ accessSeconds = 600, latchkey }: ServerOptions, clock: SettableClock): Promise<Latchkey> => {
  const leewaySeconds = Math.min(10, accessSeconds - 1)
  const storeDeadlineSeconds = Math.min(5, leewaySeconds - 1)
  const lives = { accessSeconds, leewaySeconds, storeDeadlineSeconds }
  const base = { issuer: 'https://app.example', store: memoryStore(), keys, ...lives }
  return createLatchkey({ ...base, ...latchkey }, clock.ports)
}

// Plain http for cookies is announced as a warning; here it is meant.
function sessionsOf(latchkey: Latchkey, { sessions }: ServerOptions, publicUrl: string): Sessions {
  const quiet = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
  try {
    const cookies = { insecure: true }
    const base = { authenticate, transports: ['body', 'cookie'], publicUrl, cookies, throttle: false } as const
    return createSessions(latchkey, { ...base, ...sessions })
  } finally {
    quiet.mockRestore()
  }
}

function mountAll(app: Express, sessions: Sessions, { mount }: ServerOptions): void {
  mount?.(app, sessions)
  app.use(sessions.router)
  app.get('/me', sessions.requireAuth(), (req, res) => void res.json({ subject: req.auth?.subject }))
  app.all('/echo', sessions.requireAuth(), (req, res, next) => void echo(req, res).catch(next))
  app.all('/open/echo', (req, res, next) => void echo(req, res).catch(next))
}

/** What `/echo` (for signed-in users) and `/open/echo` (for all) answer, with the status of `?status=`. */
export interface Echo {
  readonly method: string
  readonly sha256: string
  readonly bytes: number
  readonly headers: IncomingHttpHeaders
}

async function echo(req: Request, res: Response): Promise<void> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  const said: Echo = { method: req.method, sha256: hash.digest('hex'), bytes, headers: req.headers }
  res.status(Number(req.query['status'] ?? 200)).json(said)
}

function seenOf(req: IncomingMessage, res: ServerResponse): Seen {
  const seen = { method: req.method ?? '', path: pathOf(req), headers: req.headers, status: 0 }
  res.on('finish', () => {
    seen.status = res.statusCode
  })
  return seen
}

const pathOf = ({ url = '' }: IncomingMessage): string => url.split('?')[0] ?? ''

function eventsOf(latchkey: Latchkey): { name: EventName; event: object }[] {
  const events: { name: EventName; event: object }[] = []
  for (const name of eventNames) latchkey.on(name, (event) => void events.push({ name, event }))
  return events
}

/** What is to go wrong, in order. */
class Script {
  readonly #once = new Map<string, Fault[]>()
  readonly #always = new Map<string, Fault>()
  readonly #all = new Set<Fault>()

  next(path: string, faults: readonly Fault[]): void {
    this.#once.set(path, [...(this.#once.get(path) ?? []), ...faults])
    for (const fault of faults) this.#all.add(fault)
  }

  always(path: string, fault: Fault): () => void {
    this.#always.set(path, fault)
    this.#all.add(fault)
    return () => void this.#always.delete(path)
  }

  holding(): number {
    return [...this.#all].reduce((sum, { holding }) => sum + (holding?.() ?? 0), 0)
  }

  meet(req: IncomingMessage, res: ServerResponse, pass: () => void): void {
    const fault = this.#faultFor(pathOf(req)) ?? this.#faultFor('*')
    if (fault === undefined) pass()
    else fault(req, res, pass)
  }

  #faultFor(path: string): Fault | undefined {
    return this.#once.get(path)?.shift() ?? this.#always.get(path)
  }
}
