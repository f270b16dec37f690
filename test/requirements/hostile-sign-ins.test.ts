// Sign-ins that a hostile reader of the OAuth dialect and of DPoP thought of: what a session of a registered client does to
// the user's others, and what an application's own step-up does for a bound one.

import { describe, expect, it } from 'vitest'
import { DpopClient, DpopKey } from '../helpers/dpop.ts'
import { ask, claimsOf, renew, signed, signIn } from '../helpers/requests.ts'
import { credentials, showMe, startApp, withApp } from '../http/in-process.ts'
import { placeOf } from '../http/dpop-world.ts'
import { grant, signInBy, withClients } from '../http/oauth-world.ts'

describe('the session of a client that is given no refresh tokens', () => {
  it('ends with its access token, so that it never pushes out one that the user goes on with (RT-11, RT-12)', () =>
    withApp({ ...withClients, latchkey: { maxSessions: 2 } }, async (app) => {
      const own = await signIn(app.url, credentials)
      for (let round = 0; round < 4; round += 1) {
        await signInBy(app.url, 'once')
        app.advance(601_000)
      }
      expect(await app.latchkey.list('id-of-ada')).toHaveLength(1)
      expect((await renew(app.url, own.refreshToken)).status).toBe(200)
    }))

  it('lives as long as its access token, and not longer (RT-11, SE-6)', () =>
    withApp(withClients, async (app) => {
      const { accessToken, expiresIn } = await signInBy(app.url, 'once')
      expect(expiresIn).toBe(600)
      expect((await ask(app.url, 'GET /me', { bearer: accessToken })).status).toBe(200)
      expect(await app.latchkey.list('id-of-ada')).toHaveLength(1)
      app.advance(601_000)
      expect(await app.latchkey.list('id-of-ada')).toHaveLength(0)
    }))
})

describe('a step-up on a route of the application that asks for a bound access token', () => {
  it('begins a session with the same key, by the one proof of the request (SU-4, DP-8)', async () => {
    const app = await startApp({
      mount: (express, sessions) => {
        express.use(sessions.router)
        express.get('/me', sessions.requireAuth({ acr: 'strong' }), showMe)
        express.post('/step-up', sessions.requireAuth(), (req, res) =>
          sessions.signIn(req, res, { id: req.auth?.subject ?? '', acr: 'strong' }),
        )
      },
    })
    try {
      const place = placeOf(app)
      const client = await DpopClient.signIn(place, credentials)
      const stepped = await client.ask(place, 'POST /step-up', { token: client.accessToken })
      const { accessToken, tokenType } = signed(stepped)
      expect([tokenType, claimsOf(accessToken)['cnf']]).toEqual(['DPoP', { jkt: client.key.thumbprint }])
      expect((await client.ask(place, 'GET /me', { token: accessToken })).status).toBe(200)
    } finally {
      await app.close()
    }
  })
})

describe('a client that must be bound since today', () => {
  it('cannot go on with a session of yesterday that is not, whoever proves a key (DP-11, RT-1)', async () => {
    const phone = { id: 'phone', scopes: ['read'], signIn: true, refresh: true }
    let dpopBound = false
    const clients = { find: (id: string) => (id === 'phone' ? { ...phone, dpopBound } : null) }
    await withApp({ sessions: { ...withClients.sessions, clients } }, async (app) => {
      const { refreshToken } = signed(
        await ask(app.url, 'POST /login', { body: { ...credentials, client_id: 'phone' } }),
      )
      dpopBound = true
      const thief = new DpopClient(new DpopKey())
      const place = placeOf(app)
      await thief.send(place, 'POST /login', { body: credentials })
      const proof = thief.key.proof({
        method: 'POST',
        url: `${place.publicUrl}/token`,
        nonce: thief.nonces.token,
        at: app.latchkey.now(),
      })
      const answer = await grant(app.url, refreshToken, { client_id: 'phone' }, { DPoP: proof })
      expect([answer.status, answer.body]).toMatchObject([400, { error: 'invalid_grant' }])
      const [session] = await app.latchkey.list('id-of-ada')
      expect(session?.generation).toBe(1)
    })
  })
})

describe('a thief of a bound refresh token who has no key', () => {
  it('uses up nothing of what the owner may do: neither his renewals nor rows in the store (DP-8, TE-10)', () =>
    withApp({ sessions: { throttle: { renewalsPerMinute: 5 } } }, async (app) => {
      const place = placeOf(app)
      const owner = await DpopClient.signIn(place, credentials)
      const thief = await DpopClient.signIn(place, { ...credentials, username: 'mallory' })
      thief.refreshToken = owner.refreshToken
      for (let round = 0; round < 10; round += 1) expect((await thief.renew(place)).status).toBe(403)
      expect((await owner.renew(place)).status).toBe(200)
    }))
})

describe('a page that signs a user in for a registered client', () => {
  it('is a defect that is told at once: the session would be first-party, with all of the user’s scope (RT-6)', () =>
    withApp(
      {
        sessions: { ...withClients.sessions, transports: ['cookie'], cookies: { access: true } },
        mount: (express, sessions) => {
          express.post('/enter', (req, res, next) => {
            const user = { id: 'ada', client: 'shop', scope: 'read write admin' }
            sessions.signInPage(req, res, user).then((done) => void (done && res.sendStatus(204)), next)
          })
        },
      },
      async (app) => {
        const answer = await ask(app.url, 'POST /enter', { headers: { Origin: 'https://app.example' } })
        expect([answer.status, answer.headers.get('Set-Cookie')]).toEqual([500, null])
        expect(app.errors).toEqual([expect.objectContaining({ code: 'argument_invalid' })])
        expect(await app.latchkey.list('ada')).toEqual([])
      },
    ))
})

describe('a sign-in for a registered client, from a page of a user who is signed in', () => {
  it('leaves his own session alone: it stands beside the new one, and not in its place (I3, SE-4)', () =>
    withApp(
      {
        sessions: { ...withClients.sessions, transports: ['cookie', 'body'] },
        mount: (express, sessions) => {
          express.use(sessions.router)
          express.post('/connect', (req, res, next) => {
            sessions.signIn(req, res, { id: 'id-of-ada', client: 'shop', scope: 'read' }).catch(next)
          })
        },
      },
      async (app) => {
        const own = { 'Sec-Fetch-Site': 'same-origin', 'Latchkey-Transport': 'cookie' }
        const entered = await ask(app.url, 'POST /login', { body: credentials, headers: own })
        const Cookie = entered.headers
          .getSetCookie()
          .map((line) => line.split(';', 1)[0])
          .join('; ')
        const connected = await ask(app.url, 'POST /connect', { headers: { 'Sec-Fetch-Site': 'same-origin', Cookie } })
        expect([connected.status, connected.headers.get('Set-Cookie')]).toEqual([200, null])
        const clients = (await app.latchkey.list('id-of-ada')).map(({ client }) => client)
        expect(clients.toSorted()).toEqual(['first-party', 'shop'])
        expect((await ask(app.url, 'POST /token', { headers: { ...own, Cookie } })).status).toBe(200)
      },
    ))
})
