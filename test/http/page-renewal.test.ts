// Pages made on the server, without script: their access token is in a cookie, and where it has expired the session is
// renewed on the way to the handler. The mistakes it prevents: a page that signs its reader out because twenty of its
// parts asked at once, a form of another site that is taken for one of ours, an outage that looks like a refusal.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Express, Request, Response } from 'express'
import type { Sessions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { withVerbs } from '../helpers/engine.ts'
import { generationOf } from '../helpers/requests.ts'
import { credentials, startApp, type RunningApp } from './in-process.ts'
import { cookieMode, fromOwnPage, names, navigation, ownOrigin, PageClient, part, send } from './page-client.ts'

const minute = 60_000
const down = { is: false }
const heard: string[] = []

function mount(app: Express, { router, requireAuth }: Sessions): void {
  const show = (req: Request, res: Response): void =>
    void res.json({ subject: req.auth?.subject, scope: req.auth?.scope })
  const careless = (_req: Request, res: Response): void =>
    void res.set('Cache-Control', 'public, max-age=600').send('x')
  app.use(router)
  app.all('/page', requireAuth({ renew: true }), show)
  app.all('/live', requireAuth({ renew: true, freshness: 'live' }), show)
  app.get('/careless', requireAuth({ renew: true }), careless)
  app.get('/api', requireAuth(), show)
  app.get('/strong', requireAuth({ renew: true, maxAge: 300 }), show)
  const otherwise = (_req: Request, res: Response): void => res.redirect(303, '/sign-in')
  app.get('/redirecting', requireAuth({ renew: true, otherwise }), show)
}

let app: RunningApp
beforeEach(async () => {
  const store = memoryStore()
  const advance: typeof store.advance = (...given) =>
    down.is ? Promise.reject(new Error('away')) : store.advance(...given)
  const sessions = { transports: ['cookie', 'body'] as const, cookies: { access: true } }
  app = await startApp({ latchkey: { store: withVerbs(store, { advance }) }, sessions, mount })
  heard.length = 0
  for (const name of ['renewed', 'again', 'reuse', 'unproved'] as const) app.latchkey.on(name, () => heard.push(name))
})
afterEach(() => {
  down.is = false
  return app.close()
})

const signedIn = async (more = {}): Promise<PageClient> => {
  const client = new PageClient(app.url)
  await client.signIn(credentials, more)
  return client
}

/** What a browser does by itself when the access token's time is over. */
const expire = (client: PageClient, { drops }: { readonly drops: boolean }): void => {
  app.advance(11 * minute)
  if (drops) client.jar.delete(names.access)
}

describe('requireAuth({ renew: true })', () => {
  test('takes the access token from its cookie, which script cannot read and which ends with it (BB-2, NI-9)', async () => {
    const client = new PageClient(app.url)
    const { set } = await client.signIn(credentials)
    const line = set.find((each) => each.startsWith(`${names.access}=`))
    expect(line).toMatch(/; Max-Age=600; Path=\/; SameSite=Strict; Secure; HttpOnly$/)
    const answer = await client.visit('GET /page')
    expect([answer.status, answer.body, answer.set]).toEqual([200, { subject: 'id-of-ada', scope: null }, []])
    expect([heard, answer.headers.vary]).toEqual([[], 'Cookie'])
  })

  test.each([true, false])(
    'renews a navigation on the way where the access token is over (dropped by the browser: %s)',
    async (drops) => {
      const client = await signedIn()
      for (const route of ['GET /page', 'HEAD /page', 'GET /live']) {
        const generation = generationOf(client.refreshToken)
        expire(client, { drops })
        const answer = await client.visit(route)
        expect([answer.status, answer.set.length, answer.headers['cache-control']]).toEqual([200, 3, 'no-store'])
        expect(generationOf(client.refreshToken)).toBe(generation + 1)
        expect((await client.visit(route)).set).toEqual([])
      }
    },
  )

  test('twenty parts of a page that ask at once all pass, with one successor among them (I2)', async () => {
    const client = await signedIn()
    expire(client, { drops: true })
    const jar = client.cookies
    const headers = [navigation('same-origin'), ...Array.from({ length: 20 }, () => part())]
    const answers = await Promise.all(headers.map((each) => send(app.url, 'GET /page', { ...each, ...jar })))
    expect(answers.map(({ status }) => status)).toEqual(headers.map(() => 200))
    const tokens = answers.flatMap(({ set }) => set.filter((line) => line.startsWith(`${names.refresh}=`)))
    expect(new Set(tokens.map((line) => line.split(';')[0]))).toHaveLength(1)
    expect(heard.toSorted()).toEqual([...Array.from({ length: 20 }, () => 'again'), 'renewed'])
  })

  test('an answer with cookies lies in no cache, whatever its handler says (attack 30)', async () => {
    const client = await signedIn()
    expect((await client.visit('GET /careless')).headers['cache-control']).toBe('public, max-age=600')
    expire(client, { drops: true })
    const answer = await client.visit('GET /careless')
    expect([answer.set.length, answer.headers['cache-control']]).toEqual([3, 'no-store'])
  })

  test('a refusal is 401 and takes no cookie away, or goes where the application says (I3)', async () => {
    const client = await signedIn()
    await app.latchkey.revokeAll('id-of-ada')
    for (const drops of [false, true]) {
      if (drops) expire(client, { drops })
      const answer = await client.visit('GET /page')
      expect([answer.status, answer.text, answer.set]).toEqual([401, '{"error":"Unauthorized"}', []])
      const sent = await client.visit('GET /redirecting')
      expect([sent.status, sent.headers.location, sent.set]).toEqual([303, '/sign-in', []])
    }
    expect(client.refreshToken).not.toBe('')
  })

  test('is 401 without cookies, and with forged ones, and only 401 goes elsewhere', async () => {
    const client = new PageClient(app.url)
    expect((await client.visit('GET /page')).status).toBe(401)
    client.jar.set(names.access, 'x').set(names.refresh, `lkr1_${'A'.repeat(72)}`)
    expect((await client.visit('GET /page')).status).toBe(401)
    client.jar.delete(names.access)
    expect((await client.visit('GET /redirecting')).status).toBe(303)
    const twice = { Cookie: `${names.access}=x; ${names.access}=y` }
    expect((await send(app.url, 'GET /redirecting', twice)).status).toBe(400)
  })

  test('an outage is 503 and takes no cookie away, here too (I3)', async () => {
    const client = await signedIn()
    expire(client, { drops: true })
    down.is = true
    for (const route of ['GET /page', 'GET /redirecting']) {
      const answer = await client.visit(route)
      expect([answer.status, answer.set]).toEqual([503, []])
    }
    down.is = false
    expect((await client.visit('GET /page')).status).toBe(200)
  })

  test('a copied old token ends the session as everywhere else: the page is no way around the alarm (RT-3)', async () => {
    const client = await signedIn()
    const copied = client.refreshToken
    expire(client, { drops: true })
    await client.visit('GET /page')
    app.advance(minute)
    const thief = new PageClient(app.url)
    thief.jar.set(names.refresh, copied)
    expect((await thief.visit('GET /page')).status).toBe(401)
    expect(heard).toEqual(['renewed', 'reuse'])
    expect((await client.visit('GET /page')).status).toBe(401)
  })

  test('never renews a keyed session, and takes the owner’s own page for no thief', async () => {
    const client = await signedIn({ 'Latchkey-Proof': 'v1' })
    expect((await client.visit('GET /page')).status).toBe(200)
    expire(client, { drops: true })
    const answer = await client.visit('GET /page')
    expect([answer.status, answer.set, heard]).toEqual([401, [], []])
  })

  test('does not renew for what another site’s page loads: a picture, a frame, a script (SE-13)', async () => {
    const client = await signedIn()
    expire(client, { drops: true })
    const frame = { ...navigation('same-site'), 'Sec-Fetch-Dest': 'iframe' }
    for (const headers of [part('same-site'), part('cross-site'), frame]) {
      expect((await client.visit('GET /page', headers)).status).toBe(401)
    }
    expect(heard).toEqual([])
    expect((await client.visit('GET /page', navigation('cross-site'))).status).toBe(200)
  })

  test('renewal satisfies no step-up: the sign-in stays as old as it is (SU-4)', async () => {
    const client = await signedIn()
    expect((await client.visit('GET /strong')).status).toBe(200)
    expire(client, { drops: true })
    const answer = await client.visit('GET /strong')
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, expect.stringContaining('max_age="300"')])
  })

  test('takes an Authorization header before cookies, and other routes take no cookie at all (attack 25)', async () => {
    const client = await signedIn()
    const Authorization = 'Bearer x'
    expect((await client.visit('GET /page', { ...navigation('none'), Authorization })).status).toBe(401)
    expect((await client.visit('GET /api')).status).toBe(401)
  })
})

describe('a form on a page', () => {
  const strangers = [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'same-site', Origin: 'https://blog.app.example' },
    { ...navigation('cross-site'), Origin: 'https://evil.example' },
    { Referer: `${ownOrigin}/` },
    {},
  ]

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'by %s is refused with 403 where another site has sent it, before any renewal (BB-5, attack 23)',
    async (method) => {
      const client = await signedIn()
      for (const drops of [false, true]) {
        if (drops) expire(client, { drops })
        for (const headers of strangers) {
          const answer = await client.visit(`${method} /page`, headers)
          expect([answer.status, answer.text, answer.set]).toEqual([403, '{"error":"Forbidden"}', []])
        }
      }
      expect(heard).toEqual([])
    },
  )

  test('of our own is taken, and renewed on the way, so that what was typed for long is not lost', async () => {
    const client = await signedIn()
    const form = { ...navigation('same-origin'), Origin: ownOrigin }
    expect((await client.visit('POST /page', form)).status).toBe(200)
    expire(client, { drops: true })
    const answer = await client.visit('POST /page', form)
    expect([answer.status, answer.set.length, heard]).toEqual([200, 3, ['renewed']])
  })

  test('needs no such check with an Authorization header, which no other site can send', async () => {
    const client = new PageClient(app.url)
    const { body } = await client.signIn(credentials)
    const { accessToken } = body as { accessToken: string }
    const headers = { Authorization: `Bearer ${accessToken}`, Origin: 'https://evil.example' }
    expect((await client.visit('POST /page', headers)).status).toBe(200)
  })

  test('the cookie of the access token is worth nothing at the token routes', async () => {
    const client = await signedIn()
    client.jar.delete(names.refresh)
    expect((await client.ask('POST /token')).status).toBe(401)
    expect((await send(app.url, 'GET /sessions', { ...fromOwnPage, ...cookieMode, ...client.cookies })).status).toBe(
      401,
    )
  })
})
