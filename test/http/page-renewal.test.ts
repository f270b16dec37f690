// Pages made on the server, without script: their access token is in a cookie, and where it has expired the session is
// renewed on the way to the handler. The mistakes it prevents: a page that signs its reader out because twenty of its
// parts asked at once, a form of another site that is taken for one of ours, an outage that looks like a refusal.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DpopKey } from '../helpers/dpop.ts'
import { generationOf } from '../helpers/requests.ts'
import { credentials } from './in-process.ts'
import { minute, startPageApp, type PageApp } from './page-app.ts'
import { names, navigation, ownOrigin, PageClient, part, send, type PageAnswer } from './page-client.ts'

let app: PageApp
beforeEach(async () => {
  app = await startPageApp()
})
afterEach(() => app.close())

describe('requireAuth({ renew: true })', () => {
  test('takes the access token from its cookie, which script cannot read and which ends with it (BB-2, NI-9)', async () => {
    const client = new PageClient(app.url)
    const { set } = await client.signIn(credentials)
    const line = set.find((each) => each.startsWith(`${names.access}=`))
    expect(line).toMatch(/; Max-Age=600; Path=\/; SameSite=Strict; Secure; HttpOnly$/)
    const answer = await client.visit('GET /page')
    expect([answer.status, answer.body, answer.set]).toEqual([200, { subject: 'id-of-ada', scope: null }, []])
    expect([app.heard, answer.headers.vary]).toEqual([[], 'Cookie'])
  })

  test.each([true, false])(
    'renews a navigation on the way where the access token is over (dropped by the browser: %s)',
    async (drops) => {
      const client = await app.signedIn()
      for (const route of ['GET /page', 'HEAD /page', 'GET /live']) {
        const generation = generationOf(client.refreshToken)
        app.expire(client, { drops })
        const answer = await client.visit(route)
        expect([answer.status, answer.set.length, answer.headers['cache-control']]).toEqual([200, 3, 'no-store'])
        expect(generationOf(client.refreshToken)).toBe(generation + 1)
        expect((await client.visit(route)).set).toEqual([])
      }
    },
  )

  test('twenty parts of a page that ask at once all pass, with one successor among them (I2)', async () => {
    const client = await app.signedIn()
    app.expire(client, { drops: true })
    const jar = client.cookies
    const headers = [navigation('same-origin'), ...Array.from({ length: 20 }, () => part())]
    const answers = await Promise.all(headers.map((each) => send(app.url, 'GET /page', { ...each, ...jar })))
    expect(answers.map(({ status }) => status)).toEqual(headers.map(() => 200))
    const tokens = answers.flatMap(({ set }) => set.filter((line) => line.startsWith(`${names.refresh}=`)))
    expect(new Set(tokens.map((line) => line.split(';')[0]))).toHaveLength(1)
    expect(app.heard.toSorted()).toEqual([...Array.from({ length: 20 }, () => 'again'), 'renewed'])
  })

  test('a request that passes two guards is renewed once, and a page that fails keeps what was renewed', async () => {
    const client = await app.signedIn()
    for (const [path, status] of [
      ['GET /twice', 200],
      ['GET /broken', 500],
    ] as const) {
      app.expire(client, { drops: true })
      const answer = await client.visit(path)
      expect([answer.status, answer.set.length, client.jar.has(names.access)]).toEqual([status, 3, true])
    }
    expect(app.heard).toEqual(['renewed', 'renewed'])
  })

  test('an answer with cookies lies in no cache, whatever its handler says (attack 30)', async () => {
    const client = await app.signedIn()
    expect((await client.visit('GET /careless')).headers['cache-control']).toBe('public, max-age=600')
    app.expire(client, { drops: true })
    const answer = await client.visit('GET /careless')
    expect([answer.set.length, answer.headers['cache-control']]).toEqual([3, 'no-store'])
  })

  test('a refusal is 401 and takes no cookie away, or goes where the application says (I3)', async () => {
    const client = await app.signedIn()
    await app.latchkey.revokeAll('id-of-ada')
    for (const drops of [false, true]) {
      if (drops) app.expire(client, { drops })
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
    const client = await app.signedIn()
    app.expire(client, { drops: true })
    app.down.is = true
    for (const route of ['GET /page', 'GET /redirecting']) {
      const answer = await client.visit(route)
      expect([answer.status, answer.set]).toEqual([503, []])
    }
    app.down.is = false
    expect((await client.visit('GET /page')).status).toBe(200)
  })

  test('a copied old token ends the session as everywhere else: the page is no way around the alarm (RT-3)', async () => {
    const client = await app.signedIn()
    const copied = client.refreshToken
    app.expire(client, { drops: true })
    await client.visit('GET /page')
    app.advance(minute)
    const thief = new PageClient(app.url)
    thief.jar.set(names.refresh, copied)
    expect((await thief.visit('GET /page')).status).toBe(401)
    expect(app.heard).toEqual(['renewed', 'reuse'])
    expect((await client.visit('GET /page')).status).toBe(401)
  })

  test('never renews a keyed session, and takes the owner’s own page for no thief', async () => {
    const client = await app.signedIn({ 'Latchkey-Proof': 'v1' })
    expect((await client.visit('GET /page')).status).toBe(200)
    app.expire(client, { drops: true })
    const answer = await client.visit('GET /page')
    expect([answer.status, answer.set, app.heard]).toEqual([401, [], []])
  })

  test('a session that is bound by DPoP has no access cookie, and takes away the one that an earlier session has left (DP-10)', async () => {
    const client = await app.signedIn()
    const key = new DpopKey()
    const bound = (nonce?: string): Promise<PageAnswer> => {
      const about = { method: 'POST', url: `${ownOrigin}/login`, nonce, at: app.latchkey.now() }
      return client.ask('POST /login', { body: credentials, more: { DPoP: key.proof(about) } })
    }
    const answer = await bound(String((await bound()).headers['dpop-nonce']))
    expect([answer.status, answer.body]).toMatchObject([200, { tokenType: 'DPoP' }])
    expect([...client.jar.keys()]).toEqual([names.refresh, names.sessionId])
    expect([(await client.visit('GET /page')).status, app.heard]).toEqual([401, []])
  })

  test('does not renew for what another site’s page loads: a picture, a frame, a script (SE-13)', async () => {
    const client = await app.signedIn()
    app.expire(client, { drops: true })
    const frame = { ...navigation('same-site'), 'Sec-Fetch-Dest': 'iframe' }
    for (const headers of [part('same-site'), part('cross-site'), frame]) {
      expect((await client.visit('GET /page', headers)).status).toBe(401)
    }
    expect(app.heard).toEqual([])
    expect((await client.visit('GET /page', navigation('cross-site'))).status).toBe(200)
  })

  test('renewal satisfies no step-up: the sign-in stays as old as it is (SU-4)', async () => {
    const client = await app.signedIn()
    expect((await client.visit('GET /strong')).status).toBe(200)
    app.expire(client, { drops: true })
    const answer = await client.visit('GET /strong')
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, expect.stringContaining('max_age="300"')])
  })

  test('takes an Authorization header before cookies, and other routes take no cookie at all (attack 25)', async () => {
    const client = await app.signedIn()
    const Authorization = 'Bearer x'
    expect((await client.visit('GET /page', { ...navigation('none'), Authorization })).status).toBe(401)
    expect((await client.visit('GET /api')).status).toBe(401)
  })
})
