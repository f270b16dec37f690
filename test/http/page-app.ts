// An application with pages made on the server, on a clock and a store that a test can set: guarded in several ways, so
// that each way can be seen. Says nothing itself but what the guard has let through.

import type { Express, Request, Response } from 'express'
import type { EventName } from 'latchkey'
import type { Sessions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { withVerbs } from '../helpers/engine.ts'
import { credentials, startApp, type RunningApp } from './in-process.ts'
import { names, PageClient, type Headers } from './page-client.ts'

export const minute = 60_000

function mount(app: Express, { router, requireAuth }: Sessions): void {
  const show = (req: Request, res: Response): void =>
    void res.json({ subject: req.auth?.subject, scope: req.auth?.scope })
  const careless = (_req: Request, res: Response): void =>
    void res.set('Cache-Control', 'public, max-age=600').send('x')
  app.use(router)
  app.all('/page', requireAuth({ renew: true }), show)
  app.all('/live', requireAuth({ renew: true, freshness: 'live' }), show)
  app.get('/careless', requireAuth({ renew: true }), careless)
  app.get('/twice', requireAuth({ renew: true }), requireAuth({ renew: true, maxAge: 86_400 }), show)
  const broken = (): void => {
    throw new Error('the handler is broken')
  }
  app.get('/broken', requireAuth({ renew: true }), broken)
  app.get('/api', requireAuth(), show)
  app.get('/strong', requireAuth({ renew: true, maxAge: 300 }), show)
  const otherwise = (_req: Request, res: Response): void => res.redirect(303, '/sign-in')
  app.get('/redirecting', requireAuth({ renew: true, otherwise }), show)
}

export interface PageApp extends RunningApp {
  /** Names of the events so far. */
  readonly heard: EventName[]
  /** While true, the store renews nothing and says so. */
  readonly down: { is: boolean }
  readonly signedIn: (more?: Headers) => Promise<PageClient>
  /** Lets the access token's time be over, and the browser drop its cookie or keep it. */
  readonly expire: (client: PageClient, how: { readonly drops: boolean }) => void
}

/** Starts one; close it when done. */
export async function startPageApp(): Promise<PageApp> {
  const down = { is: false }
  const store = memoryStore()
  const advance: typeof store.advance = (...given) =>
    down.is ? Promise.reject(new Error('away')) : store.advance(...given)
  const sessions = { transports: ['cookie', 'body'] as const, cookies: { access: true } }
  const app = await startApp({ latchkey: { store: withVerbs(store, { advance }) }, sessions, mount })
  const heard: EventName[] = []
  for (const name of ['renewed', 'again', 'reuse', 'unproved'] as const) app.latchkey.on(name, () => heard.push(name))
  const signedIn = async (more: Headers = {}): Promise<PageClient> => {
    const client = new PageClient(app.url)
    await client.signIn(credentials, more)
    return client
  }
  const expire = (client: PageClient, { drops }: { readonly drops: boolean }): void => {
    app.advance(11 * minute)
    if (drops) client.jar.delete(names.access)
  }
  return { ...app, heard, down, signedIn, expire }
}
