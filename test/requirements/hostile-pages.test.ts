// A hostile reading of pages made on the server: what a browser adds by itself (Basic credentials, an Origin of null), and
// what an application's own handlers do to an answer that carries a renewed session. The mistakes it prevents: a form of
// another site that passes for an API call, and an owner who is signed out by a header of his own application.

import type { Express, Request, RequestHandler, Response } from 'express'
import type { Sessions } from 'latchkey/express'
import { describe, expect, test } from 'vitest'
import { credentials, startApp, withApp, type AppOptions, type RunningApp } from '../http/in-process.ts'
import { names, navigation, ownOrigin, PageClient, send } from '../http/page-client.ts'

const minute = 60_000
const basic = { Authorization: `Basic ${Buffer.from('x:y').toString('base64')}` }
const ownForm = { ...navigation('same-origin'), Origin: ownOrigin }

const show = (req: Request, res: Response): void => void res.json({ subject: req.auth?.subject })

const signIn =
  ({ signInPage }: Sessions): RequestHandler =>
  async (req, res) => {
    if (await signInPage(req, res, { id: 'ada' })) res.redirect(303, '/page')
  }

const signOut =
  ({ signOutPage }: Sessions): RequestHandler =>
  async (req, res) => {
    if (await signOutPage(req, res)) res.redirect(303, '/')
  }

function mount(app: Express, sessions: Sessions): void {
  const { router, requireAuth } = sessions
  const page = requireAuth({ renew: true })
  app.use(router)
  app.all('/page', page, show)
  app.get('/head', page, (_req, res) => void res.writeHead(200, { 'Cache-Control': 'public, max-age=600' }).end('x'))
  app.get('/list', page, (_req, res) => void res.writeHead(200, 'OK', ['cache-control', 'public']).end('x'))
  app.get('/theme', page, (_req, res) => void res.setHeader('Set-Cookie', 'theme=dark').end('x'))
  app.get('/theme-head', page, (_req, res) => void res.writeHead(200, { 'set-cookie': 'theme=dark' }).end('x'))
  app.get('/theme-list', page, (_req, res) => void res.writeHead(200, ['Set-Cookie', 'a=b', 'Set-Cookie', 'c=d']).end())
  app.post('/sign-in', signIn(sessions))
  app.post('/sign-out', page, signOut(sessions))
}

const options: AppOptions = { sessions: { transports: ['cookie', 'body'], cookies: { access: true } }, mount }

const withPages = (run: (client: PageClient, app: RunningApp) => Promise<void>): Promise<void> =>
  withApp(options, async (app) => {
    const client = new PageClient(app.url)
    await client.signIn(credentials)
    await run(client, app)
  })

const expire = (client: PageClient, app: RunningApp): void => {
  app.advance(11 * minute)
  client.jar.delete(names.access)
}

describe('Basic credentials, which a browser adds by itself to any site’s request', () => {
  test('are no way around the check of a form’s origin, with an access cookie or without (BB-5, SE-13, attack 23)', () =>
    withPages(async (client, app) => {
      const sister = { ...navigation('same-site'), Origin: 'https://blog.app.example', ...basic }
      const before = client.refreshToken
      expect((await client.visit('POST /page', sister)).status).toBe(403)
      expire(client, app)
      const answer = await client.visit('POST /page', sister)
      expect([answer.status, answer.set, client.refreshToken]).toEqual([403, [], before])
    }))

  test('of a proxy in front do not make each page renew its session', () =>
    withPages(async (client) => {
      const answer = await client.visit('GET /page', { ...navigation('none'), ...basic })
      expect([answer.status, answer.set]).toEqual([200, []])
    }))

  test('beside an access token of the request’s own are still refused (attack 25)', () =>
    withPages(async (client) => {
      const Authorization = [basic.Authorization, 'Bearer x']
      expect((await client.visit('GET /page', { ...navigation('none'), Authorization })).status).toBe(400)
    }))
})

describe('an access token in the request itself', () => {
  test('is all that counts: where it is over, no cookie is renewed in its place (attack 25)', () =>
    withPages(async (client, app) => {
      const { body } = await send(app.url, 'POST /login', {}, credentials)
      const { accessToken } = body as { accessToken: string }
      expire(client, app)
      const stranger = { Authorization: `Bearer ${accessToken}`, Origin: 'https://evil.example' }
      const answer = await client.visit('POST /page', stranger)
      expect([answer.status, answer.set]).toEqual([401, []])
    }))
})

describe('a form of a page that says Referrer-Policy: no-referrer', () => {
  test('is our own where the browser says same-origin, though its Origin is null (BB-5)', () =>
    withPages(async (client) => {
      const form = { ...navigation('same-origin'), Origin: 'null' }
      expect((await client.visit('POST /page', form)).status).toBe(200)
      for (const site of ['cross-site', 'same-site', 'none']) {
        expect((await client.visit('POST /page', { ...navigation(site), Origin: 'null' })).status).toBe(403)
      }
    }))

  test('ends the session that the browser had before, as any other sign-in does (SE-4, attack 22)', () =>
    withPages(async (client) => {
      const before = client.cookies
      expect((await client.visit('POST /sign-in', { ...navigation('same-origin'), Origin: 'null' })).status).toBe(303)
      expect((await send(client.url, 'GET /page', before)).status).toBe(401)
      expect((await client.visit('GET /page')).status).toBe(200)
    }))
})

describe('an answer that carries a renewed session', () => {
  test.each(['/head', '/list'])('lies in no cache, also where %s says otherwise by writeHead (attack 30)', (path) =>
    withPages(async (client, app) => {
      expire(client, app)
      const answer = await client.visit(`GET ${path}`)
      expect([answer.status, answer.headers['cache-control'], answer.text]).toEqual([200, 'no-store', 'x'])
    }),
  )

  test.each([
    ['/theme', ['theme=dark']],
    ['/theme-head', ['theme=dark']],
    ['/theme-list', ['a=b', 'c=d']],
  ])('delivers it beside the cookies that %s writes over ours (I3)', (path, own) =>
    withPages(async (client, app) => {
      expire(client, app)
      const { set } = await client.visit(`GET ${path}`)
      expect(set).toEqual(expect.arrayContaining(own))
      expect(set).toHaveLength(own.length + 3)
      // Past the leeway: whoever still held the old token would now be taken for a thief.
      app.advance(minute)
      client.jar.delete(names.access)
      expect((await client.visit('GET /page')).status).toBe(200)
    }),
  )

  test('brings none back where the handler has signed out (CK-7, I10)', () =>
    withPages(async (client, app) => {
      expire(client, app)
      const answer = await client.visit('POST /sign-out', ownForm)
      expect([answer.status, client.jar.size, answer.set.length]).toEqual([303, 0, 3])
    }))
})

describe('an `otherwise` of the application that fails', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('broken')
      },
    ],
  ])(
    'is answered by the application’s error handler where it %s, and the process lives',
    async (_, otherwise) => {
      const app = await startApp({
        ...options,
        mount: (own, { requireAuth }) => void own.get('/page', requireAuth({ renew: true, otherwise }), show),
      })
      try {
        const answer = await send(app.url, 'GET /page', {})
        expect([answer.status, answer.body, app.errors]).toMatchObject([
          500,
          { own: 'error handler' },
          [{ message: 'broken' }],
        ])
      } finally {
        await app.close()
      }
    },
    3000,
  )
})
