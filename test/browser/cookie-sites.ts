// Several sites on https on this machine, as one real browser sees them: ours, another origin on our domain, a page that is
// allowed to call us, and a stranger's. What a browser sends along, keeps and hides is its own doing; these tests are
// about exactly that, so nothing of it is played.

import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import express, { type Express, type Request, type Response } from 'express'
import { createLatchkey, generateKeys, type Latchkey } from 'latchkey'
import { createSessions, type SessionsOptions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { settableClock } from 'latchkey/testing'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launch } from '../helpers/browser.ts'
import { selfSigned } from '../helpers/certificate.ts'

export const credentials = { username: 'ada', password: 'the right one' }
/** Every name leads to this machine. */
const names = {
  own: 'app.shop.test',
  sister: 'blog.shop.test',
  friend: 'spa.shop.test',
  stranger: 'evil.test',
} as const

type Site = keyof typeof names

export interface Sites {
  readonly origin: Readonly<Record<Site, string>>
  readonly browser: Browser
  readonly latchkey: Latchkey
  readonly advance: (ms: number) => void
  readonly close: () => Promise<void>
}

const blank = (_req: Request, res: Response): void =>
  void res.type('html').send('<!doctype html><link rel="icon" href="data:,"><title>page</title>')

/** Opens them all, with a browser beside them. */
export async function openSites(cookies: SessionsOptions['cookies'] = {}): Promise<Sites> {
  const server = createServer(selfSigned('shop.test')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const originOf = (site: Site): string => `https://${names[site]}:${port}`
  const origin = {
    own: originOf('own'),
    sister: originOf('sister'),
    friend: originOf('friend'),
    stranger: originOf('stranger'),
  }
  const clock = settableClock(Date.now())
  const latchkey = await createLatchkey({ issuer: origin.own, keys: generateKeys(), store: memoryStore() }, clock.ports)
  const own = ownSite(latchkey, { access: true, ...cookies }, origin.friend)
  const others = express().use(blank)
  server.on('request', (req, res) => (req.headers.host === `${names.own}:${port}` ? own : others)(req, res))
  const browser = await launch([`--host-resolver-rules=MAP *.test 127.0.0.1`, '--ignore-certificate-errors'])
  const close = async (): Promise<void> => {
    await browser.close()
    server.closeAllConnections()
    server.close()
    await latchkey.close()
  }
  return { origin, browser, latchkey, advance: clock.advance, close }
}

// docs/cookies.md: a step on our own site, for who comes from another.
const arriving = (req: Request, res: Response): void => {
  if (req.headers['sec-fetch-site'] !== 'cross-site') return void res.status(401).send('sign in')
  res.type('html').send('<!doctype html><meta http-equiv="refresh" content="0"><title>one moment</title>')
}

function ownSite(latchkey: Latchkey, cookies: SessionsOptions['cookies'], friend: string): Express {
  const sessions = createSessions(latchkey, {
    transports: ['cookie', 'body'],
    cookies: cookies ?? {},
    origins: [friend],
    authenticate: ({ username, password }) => (password === credentials.password ? { id: username } : null),
  })
  const dot = (_req: Request, res: Response): void =>
    void res.type('svg').send('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>')
  const page = (req: Request, res: Response): void => {
    const parts = Array.from({ length: 20 }, (_, index) => `<img src="/part/${index}">`)
    const asked = req.query['parts'] === undefined ? [] : parts
    res
      .type('html')
      .send(`<!doctype html><link rel="icon" href="data:,"><title>for ${req.auth?.subject}</title>${asked.join('')}`)
  }
  const app = express()
  app.disable('etag')
  app.use(sessions.router)
  app.get(
    '/page',
    sessions.requireAuth({ renew: true, otherwise: (_req, res) => void res.status(401).send('sign in') }),
    page,
  )
  app.get('/part/:index', sessions.requireAuth({ renew: true }), dot)
  app.get('/arriving', sessions.requireAuth({ renew: true, otherwise: arriving }), page)
  app.post('/page', sessions.requireAuth({ renew: true }), page)
  app.get('/', blank)
  return app
}

/** Somebody's browser, with a page of ours in front of him. */
export async function visitor({ browser, origin }: Sites): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  await page.goto(`${origin.own}/`)
  return { context, page }
}

/** A request by the script of the page: status, and what was said. */
export const fetchFrom = (page: Page, url: string, init: object = {}): Promise<{ status: number; body: unknown }> =>
  page.evaluate(`fetch(${JSON.stringify(url)}, ${JSON.stringify({ method: 'POST', credentials: 'include', ...init })}).then(
    async (answer) => ({ status: answer.status, body: await answer.json().catch(() => null) }),
    () => ({ status: 0, body: null }))`)

const cookieMode = { 'Latchkey-Transport': 'cookie', 'Content-Type': 'application/json' }

/** Signs in from the script of a page. */
export const signInFrom = (page: Page, { origin }: Sites): Promise<{ status: number; body: unknown }> =>
  fetchFrom(page, `${origin.own}/login`, { headers: cookieMode, body: JSON.stringify(credentials) })

export const renewFrom = (page: Page, { origin }: Sites): Promise<{ status: number; body: unknown }> =>
  fetchFrom(page, `${origin.own}/token`, { headers: cookieMode })

/** The cookies of our site as the browser keeps them, whoever may read them. */
export async function jarOf(context: BrowserContext, { origin }: Sites): Promise<Map<string, string>> {
  return new Map((await context.cookies(origin.own)).map(({ name, value }) => [name, value]))
}
