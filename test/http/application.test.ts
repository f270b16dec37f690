// The library inside an application of one's own: the router takes its own method and path pairs and nothing else, gets
// on with a parser in front of it and a path above it, and hands every defect to the application's error handler, once.

import express, { type Express, type Request, type Response } from 'express'
import { expect, test } from 'vitest'
import { createLatchkey, generateKeys, MisuseError, type Latchkey } from 'latchkey'
import { createSessions, type Sessions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { ask, claimsOf, renew, signed, signIn } from '../helpers/requests.ts'
import { credentials, showMe, startApp, withApp, type AppOptions } from './in-process.ts'
import { only, request } from './raw-socket.ts'

const own = (_req: Request, res: Response): void => void res.status(200).json({ own: 'page' })

test('leaves every method and path that is not its own to the application', async () => {
  const mount = (app: Express, { router }: Sessions): void => {
    app.use(router)
    app.use(own)
  }
  const routes = [
    'GET /login',
    'HEAD /login',
    'PUT /token',
    'GET /logout',
    'POST /sessions',
    'POST /sessions/AAAA',
    'GET /me',
    'POST /Login',
    'POST /login/now',
    'POST /',
    'OPTIONS /login',
    'DELETE /logout/all',
  ]
  await withApp({ mount }, async ({ url, errors }) => {
    for (const route of routes) expect([route, (await ask(url, route)).status]).toEqual([route, 200])
    expect(errors).toEqual([])
  })
})

test('works under a path, and leaves the routes beside it alone', async () => {
  const mount = (app: Express, sessions: Sessions): void => {
    app.use('/api/auth', sessions.router)
    app.get('/me', sessions.requireAuth(), showMe)
    app.use(own)
  }
  await withApp({ mount }, async ({ url }) => {
    expect((await ask(url, 'POST /login', { body: credentials })).body).toEqual({ own: 'page' })
    const begun = await signIn(`${url}/api/auth`, credentials)
    const { accessToken } = signed(await renew(`${url}/api/auth`, begun.refreshToken))
    expect((await ask(url, 'GET /me', { bearer: accessToken })).body).toEqual({ subject: 'id-of-ada' })
    expect((await ask(url, 'DELETE /api/auth/sessions/AAAA', { bearer: accessToken })).status).toBe(204)
    expect((await ask(url, 'POST /api/auth/logout/all', { bearer: accessToken })).status).toBe(204)
  })
})

const behindParser: AppOptions = {
  mount: (app, sessions) => {
    app.use(express.json())
    app.use(sessions.router)
    app.get('/me', sessions.requireAuth(), showMe)
  },
}

test('takes what express.json() in front of it has parsed, and is as strict about it', async () => {
  await withApp(behindParser, async ({ url }) => {
    const { refreshToken } = await signIn(url, credentials)
    expect((await renew(url, refreshToken)).status).toBe(200)
    expect((await ask(url, 'POST /token')).status).toBe(401)
    expect((await ask(url, 'POST /token', { body: {} })).status).toBe(401)
    expect((await ask(url, 'POST /token', { body: [] })).status).toBe(400)
    expect((await ask(url, 'POST /token', { body: { token: 7 } })).status).toBe(400)
    expect((await ask(url, 'POST /logout', { body: [] })).status).toBe(204)
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    // A form is the OAuth dialect's, which express.json() leaves alone.
    expect((await ask(url, 'POST /token', { body: 'token=x', headers: form })).status).toBe(400)
    const text = { 'Content-Type': 'text/plain' }
    expect((await ask(url, 'POST /token', { body: 'token=x', headers: text })).status).toBe(415)
    expect((await ask(url, 'POST /logout', { body: 'token=x', headers: form })).status).toBe(204)
  })
})

test('answers, too, where something in front of it has read the body and kept it for itself', async () => {
  const mount = (app: Express, { router }: Sessions): void => {
    app.use((req, _res, next) => void req.resume().once('end', () => next()))
    app.use(router)
  }
  await withApp({ mount }, async ({ url }) => {
    const lines = ['Content-Type: application/json']
    const answer = await only(url, request('POST /token', lines, JSON.stringify({ token: 'x' })))
    expect(answer.status).toBeGreaterThanOrEqual(400)
  })
})

test('hands what authenticate throws to the application’s error handler, exactly once, and no session begins', async () => {
  const thrown: readonly unknown[] = [new Error('the user database is down'), new TypeError('x'), 'a text', 7, null]
  for (const value of thrown) {
    const authenticate = () => {
      throw value
    }
    await withApp({ sessions: { authenticate } }, async ({ url, errors, latchkey }) => {
      const answer = await ask(url, 'POST /login', { body: credentials })
      expect([value, answer.status, answer.body]).toEqual([value, 500, { own: 'error handler' }])
      expect(errors).toHaveLength(1)
      if (value instanceof Error) expect(errors[0]).toBe(value)
      expect(await latchkey.list('id-of-ada')).toEqual([])
    })
  }
})

test.each(['router', 'route', undefined])(
  'takes a thrown %s for an error, not for a way past the router',
  async (value) => {
    const authenticate = () => Promise.reject(value)
    const mount = (app: Express, { router }: Sessions): void => {
      app.use(router)
      app.use(own)
    }
    await withApp({ sessions: { authenticate }, mount }, async ({ url }) => {
      expect((await ask(url, 'POST /login', { body: credentials })).body).toEqual({ own: 'error handler' })
    })
  },
)

test('hands a user that can be none to the error handler: the programmer’s mistake is not the client’s', async () => {
  for (const user of [
    { id: '' },
    { id: 'x'.repeat(256) },
    { id: 'ada', claims: { sub: 'root' } },
    { id: 'ada', scope: '"' },
  ]) {
    await withApp({ sessions: { authenticate: () => user } }, async ({ url, errors }) => {
      expect((await ask(url, 'POST /login', { body: credentials })).body).toEqual({ own: 'error handler' })
      expect(errors).toEqual([expect.any(MisuseError)])
    })
  }
})

test('sessions.signIn begins a session from an own route, with claims and scope, and answers the request', async () => {
  const mount = (app: Express, sessions: Sessions): void => {
    const user = { id: 'id-of-eve', profile: { name: 'eve' }, claims: { role: 'guest' }, scope: 'read write' }
    app.post('/login/by-link', (req, res) => sessions.signIn(req, res, user))
    app.use(sessions.router)
    app.get('/me', sessions.requireAuth(), showMe)
  }
  await withApp({ mount }, async ({ url }) => {
    const answer = await ask(url, 'POST /login/by-link', { headers: { 'Latchkey-Proof': 'v1' } })
    const begun = signed(answer)
    expect(begun).toMatchObject({ tokenType: 'Bearer', expiresIn: 600, user: { id: 'id-of-eve', name: 'eve' } })
    expect([answer.headers.get('Cache-Control'), begun.sessionKey?.length]).toEqual(['no-store', 43])
    expect(claimsOf(begun.accessToken)).toMatchObject({ sub: 'id-of-eve', role: 'guest', scope: 'read write' })
    expect((await ask(url, 'GET /me', { bearer: begun.accessToken })).body).toEqual({ subject: 'id-of-eve' })
    const odd = await ask(url, 'POST /login/by-link', { headers: { 'Latchkey-Proof': 'v2' } })
    expect([odd.status, odd.text]).toEqual([400, '{"error":"Bad Request"}'])
  })
})

test('sessions.signIn throws a defect back to its caller, and the error handler hears of it once', async () => {
  const mount = (app: Express, sessions: Sessions): void => {
    app.post('/enter', (req, res) => sessions.signIn(req, res, { id: '' }))
  }
  await withApp({ mount }, async ({ url, errors }) => {
    expect((await ask(url, 'POST /enter')).body).toEqual({ own: 'error handler' })
    expect(errors).toHaveLength(1)
  })
})

test('asks for the credentials that the application names, and hands over those alone', async () => {
  const handed: unknown[] = []
  const sessions = {
    credentials: ['email', 'code'] as never,
    authenticate: (given: unknown) => {
      handed.push(given)
      return { id: 'ada' }
    },
  }
  await withApp({ sessions }, async ({ url }) => {
    const body = { email: 'a@b', code: '1', admin: 'true' }
    expect((await ask(url, 'POST /login', { body })).status).toBe(200)
    expect((await ask(url, 'POST /login', { body: credentials })).status).toBe(400)
    expect(handed).toEqual([{ email: 'a@b', code: '1' }])
  })
})

test('a transport that the application does not allow is refused at sign-in', async () => {
  await withApp({ sessions: { transports: ['body'] } }, async ({ url }) => {
    const headers = { 'Latchkey-Transport': 'header' }
    expect((await ask(url, 'POST /login', { body: credentials, headers })).status).toBe(400)
  })
})

test('requireAuth with freshness live knows at once what another process has revoked', async () => {
  const mount = (app: Express, sessions: Sessions): void => {
    app.use(sessions.router)
    app.get('/live', sessions.requireAuth({ freshness: 'live' }), showMe)
  }
  const app = await startApp({ mount })
  try {
    const { accessToken } = await signIn(app.url, credentials)
    expect((await ask(app.url, 'GET /live', { bearer: accessToken })).status).toBe(200)
    await app.latchkey.revokeAll('id-of-ada')
    expect((await ask(app.url, 'GET /live', { bearer: accessToken })).status).toBe(401)
  } finally {
    await app.close()
  }
})

// Only while `run` runs, which must not wait for anything.
function polluted(name: string, value: unknown, run: () => void): void {
  Reflect.defineProperty(Object.prototype, name, { value, configurable: true })
  try {
    run()
  } finally {
    Reflect.deleteProperty(Object.prototype, name)
  }
}

test('reads its own options alone: a polluted prototype sets none', async () => {
  const options = { issuer: 'https://app.example', store: memoryStore(), keys: generateKeys() }
  let made: Promise<Latchkey> | undefined
  polluted('audience', 'https://evil.example', () => {
    made = createLatchkey(options)
  })
  const latchkey = await (made as Promise<Latchkey>)
  const { accessToken } = await latchkey.signIn({ subject: 'ada', proof: 'plain', transport: 'body' })
  expect(claimsOf(accessToken)['aud']).toBe('https://app.example')
  await latchkey.close()
})

test('reads the router’s own options alone: a polluted prototype sets no transport and no credentials', async () => {
  for (const [name, value] of [
    ['credentials', ['nothing']],
    ['transports', ['header']],
  ] as const) {
    const mount = (app: Express): void =>
      polluted(
        name,
        value,
        () => void app.use(createSessions(made.latchkey, { authenticate: () => ({ id: 'ada' }) }).router),
      )
    const made = await startApp()
    await withApp({ mount }, async ({ url }) => {
      expect([name, (await ask(url, 'POST /login', { body: credentials })).status]).toEqual([name, 200])
    })
    await made.close()
  }
})
