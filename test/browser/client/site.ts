// Our server on https in this process: an engine on a real database file, its clock set by the test and running on by
// itself, a protected route, the pages of a subject, and a switchboard in front. It can be closed, have its database set
// back, and be opened again on the same port.

import { once } from 'node:events'
import { copyFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import express, { type Express } from 'express'
import { createLatchkey, eventNames, generateKeys, type EventName, type Latchkey } from 'latchkey'
import { createSessions } from 'latchkey/express'
import { sqliteStore } from 'latchkey/sqlite'
import { selfSigned } from '../../helpers/certificate.ts'
import { freshFolder, removeFolder } from '../../helpers/server.ts'
import { credentials } from './page-app.ts'
import { runningClock, type RunningClock } from './running-clock.ts'
import type { Subject } from './subject.ts'
import { Switchboard } from './switchboard.ts'

export const host = 'app.latchkey.test'
const pages: readonly string[] = ['/app.html', '/app.js', '/other.html']

const certificate = selfSigned(host)
const keys = generateKeys()

const urlOf = (req: IncomingMessage): URL => new URL(req.url ?? '/', `https://${host}`)

const renews: NonNullable<Subject['isRenewal']> = (method, { pathname }) =>
  method === 'POST' && ['/token', '/refresh'].includes(pathname)

/** Whether this is a request of the subject's for new tokens. */
export const isRenewalOf = (subject: Subject, method: string, url: URL): boolean =>
  (subject.isRenewal ?? renews)(method, url)

/** An event of the engine. */
export interface Heard {
  readonly name: EventName
  readonly event: object
}

export class Site {
  readonly subject: Subject
  readonly board: Switchboard
  readonly clock: RunningClock = runningClock()
  readonly heard: Heard[] = []
  readonly #folder = freshFolder()
  #port = 0
  #server: Server | undefined
  #latchkey: Latchkey | undefined

  constructor(subject: Subject) {
    this.subject = subject
    this.board = new Switchboard(
      (req) => isRenewalOf(subject, req.method ?? '', urlOf(req)),
      (req) => pages.includes(urlOf(req).pathname),
    )
  }

  get origin(): string {
    return `https://${host}:${this.#port}`
  }

  /** How often the engine has told this event. */
  count(name: EventName): number {
    return this.heard.filter((each) => each.name === name).length
  }

  async open(): Promise<this> {
    const server = createServer(certificate).listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
    this.#latchkey = await this.#openEngine()
    const app = await application(this.subject, this.#latchkey, this.origin)
    server.on('request', this.board.before(app))
    return this
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections()
    this.#server?.close()
    await this.#latchkey?.close()
  }

  /** Puts a copy of the database aside, for `setBack`. */
  copy(): void {
    rmSync(this.#path('copy.db'), { force: true })
    const database = new DatabaseSync(this.#path('latchkey.db'))
    database.prepare('VACUUM INTO ?').run(this.#path('copy.db'))
    database.close()
  }

  /** Puts the copy in the place of the database of a closed server. */
  setBack(): void {
    for (const suffix of ['', '-wal', '-shm']) rmSync(this.#path(`latchkey.db${suffix}`), { force: true })
    copyFileSync(this.#path('copy.db'), this.#path('latchkey.db'))
  }

  async remove(): Promise<void> {
    await this.close()
    this.clock.stop()
    removeFolder(this.#folder)
  }

  #path(name: string): string {
    return join(this.#folder, name)
  }

  async #openEngine(): Promise<Latchkey> {
    const store = sqliteStore(this.#path('latchkey.db'))
    const latchkey = await createLatchkey({ issuer: this.origin, keys, store }, this.clock.ports)
    for (const name of eventNames) latchkey.on(name, (event) => void this.heard.push({ name, event }))
    return latchkey
  }
}

async function application(subject: Subject, latchkey: Latchkey, publicUrl: string): Promise<Express> {
  const script = await subject.bundle()
  const sessions = createSessions(latchkey, {
    transports: ['cookie', 'body'],
    authenticate: ({ username, password }) => (password === credentials.password ? { id: username } : null),
  })
  const app = express()
  app.disable('etag')
  subject.routes?.(app, { latchkey, sessions, publicUrl })
  app.use(sessions.router)
  app.get('/me', sessions.requireAuth(), (req, res) => void res.json({ id: req.auth?.subject }))
  const page = (title: string, rest = ''): string =>
    `<!doctype html><link rel="icon" href="data:,"><title>${title}</title>${rest}`
  app.get('/app.html', (_req, res) => void res.type('html').send(page('app', '<script src="/app.js"></script>')))
  app.get('/app.js', (_req, res) => void res.type('js').send(script))
  app.get('/other.html', (_req, res) => void res.type('html').send(page('other')))
  return app
}
