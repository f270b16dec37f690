// A real server on this machine whose page holds the React tree, and a browser in front of it: plain http on localhost,
// the development mode that cookies.md describes.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import express, { type RequestHandler } from 'express'
import { createLatchkey, generateKeys } from 'latchkey'
import { createSessions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { settableClock } from 'latchkey/testing'
import type { Browser, Page } from 'playwright-core'
import { launch } from '../../helpers/browser.ts'

export const credentials = { username: 'ada', password: 'the right one' }

export interface ReactSite {
  readonly origin: string
  readonly browser: Browser
  /** The calls of the router's routes, such as `POST /token`. */
  readonly calls: string[]
  /** What the server has rendered into the page. */
  html: string
  /** Moves the server's clock on by this many milliseconds. */
  readonly advance: (ms: number) => void
  readonly close: () => Promise<void>
}

const path = (from: string): string => fileURLToPath(new URL(from, import.meta.url))

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path('./page/main.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    tsconfigRaw: {},
    // React mounts twice in StrictMode, and says what it minds, in its development build alone.
    define: { 'process.env.NODE_ENV': '"development"' },
  })
  return outputFiles[0]?.text ?? ''
}

/** Opens the server and the browser. */
export async function openReactSite(): Promise<ReactSite> {
  const script = await bundle()
  const app = express()
  const server = createServer(app).listen(0, 'localhost')
  await once(server, 'listening')
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const clock = settableClock(Date.now())
  const latchkey = await createLatchkey({ issuer: origin, keys: generateKeys(), store: memoryStore() }, clock.ports)
  const sessions = createSessions(latchkey, {
    transports: ['cookie'],
    publicUrl: origin,
    cookies: { insecure: true, access: true },
    authenticate: ({ username, password }) => (password === credentials.password ? { id: username } : null),
  })
  const close = async (): Promise<void> => {
    await site.browser.close()
    server.closeAllConnections()
    server.close()
    await latchkey.close()
  }
  const site: ReactSite = { origin, browser: await launch(), calls: [], html: '', advance: clock.advance, close }
  app.post('/{*path}', (req, _res, next) => {
    site.calls.push(`${req.method} ${req.path}`)
    next()
  })
  app.use(sessions.router)
  const head = '<!doctype html><link rel="icon" href="data:,"><title>React</title>'
  const page = (own = ''): string => `${head}${own}<div id="root">${site.html}</div><script src="/page.js"></script>`
  app.get('/', (_req, res) => void res.type('html').send(page()))
  // docs/client.md: the server reads who is there, as long as the access token says it, and renews nothing.
  const show =
    (name: string): RequestHandler =>
    (req, res) =>
      void res.type('html').send(page(`<p id="server">${req.auth?.subject ?? name}</p>`))
  app.get('/home', sessions.requireAuth({ renew: true, otherwise: show('nobody yet') }), show(''))
  app.get('/page.js', (_req, res) => void res.type('js').send(script))
  return site
}

/** Opens the page in a browser profile of its own, with this rendered into it. */
export async function openPage(site: ReactSite, html = ''): Promise<{ page: Page; complaints: string[] }> {
  site.html = html
  const context = await site.browser.newContext()
  context.setDefaultTimeout(10_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  await page.goto(site.origin)
  return { page, complaints }
}
