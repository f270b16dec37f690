// What an application says of DPoP: where it is known from outside, and what it asks of proofs.

import { afterEach, describe, expect, it } from 'vitest'
import type { Express } from 'express'
import { MisuseError } from 'latchkey'
import type { Sessions, SessionsOptions } from 'latchkey/express'
import { DpopClient, type Place } from '../helpers/dpop.ts'
import { claimsOf, signed } from '../helpers/requests.ts'
import { placeOf } from './dpop-world.ts'
import { credentials, showMe, startApp, type RunningApp } from './in-process.ts'

const open: RunningApp[] = []
afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

type Mount = (app: Express, sessions: Sessions) => void

async function start(sessions: Partial<SessionsOptions>, mount?: Mount): Promise<RunningApp> {
  const app = await startApp({ sessions, ...(mount === undefined ? {} : { mount }) })
  open.push(app)
  return app
}

const under =
  (path: string): Mount =>
  (app, sessions) => {
    app.use(path, sessions.router)
    app.get('/me', sessions.requireAuth(), showMe)
  }

/** Signs in, renews and reads; the path of the token routes is part of the place. */
async function expectWorking(routes: Place, resources: Place): Promise<void> {
  const client = await DpopClient.signIn(routes, credentials)
  expect((await client.renew(routes)).status).toBe(200)
  expect((await client.get(resources, '/me')).status).toBe(200)
}

describe('the public URL', () => {
  it('is the issuer where nothing is said, and never the address of the socket (DP-3)', async () => {
    const app = await start({})
    await expectWorking(placeOf(app), placeOf(app))
    const client = new DpopClient()
    const answer = await client.ask({ ...placeOf(app), publicUrl: app.url }, 'POST /login', { body: credentials })
    expect(answer.status).toBe(401)
  })

  it('has a path where the router is mounted under one (DP-3)', async () => {
    const app = await start({ publicUrl: 'https://shop.example/auth' }, under('/auth'))
    const routes = { ...placeOf(app), url: `${app.url}/auth`, publicUrl: 'https://shop.example/auth' }
    await expectWorking(routes, { ...placeOf(app), publicUrl: 'https://shop.example' })
  })

  it('stands before a path that something in front has shortened, with resourceUrl for the rest (DP-3)', async () => {
    const publicUrl = 'https://shop.example/api'
    const app = await start({ publicUrl, dpop: { resourceUrl: publicUrl } })
    const place = { ...placeOf(app), publicUrl }
    await expectWorking(place, place)
  })

  it("holds for a sign-in on a route of the application's own (DP-3, DP-8)", async () => {
    const app = await start({}, (express, sessions) => {
      express.post('/callback', (req, res) => sessions.signIn(req, res, { id: 'ada' }))
    })
    const client = new DpopClient()
    const { accessToken } = signed(await client.ask(placeOf(app), 'POST /callback'))
    expect(claimsOf(accessToken)['cnf']).toEqual({ jkt: client.key.thumbprint })
  })
})

describe('nonces: off', () => {
  it('asks for none and hands out none; the time in the proof and the life of the token are still short (DP-4, DP-14)', async () => {
    const app = await start({ dpop: { nonces: 'off' } })
    const place = placeOf(app)
    const client = new DpopClient()
    const begun = await client.send(place, 'POST /login', { body: credentials })
    expect([begun.headers.has('DPoP-Nonce'), client.take(begun).expiresIn]).toEqual([false, 600])
    const read = (at: number) => client.send(place, 'GET /me', { token: client.accessToken, proof: { at } })
    const now = app.latchkey.now()
    const statuses = [await read(now), await read(now - 301_000), await read(now + 302_000)].map(({ status }) => status)
    expect(statuses).toEqual([200, 401, 401])
    const once = { body: { refreshToken: client.refreshToken }, proof: { jti: 'once' } }
    expect((await client.send(place, 'POST /token', once)).status).toBe(200)
    expect((await client.send(place, 'POST /token', once)).status).toBe(401)
  })
})

describe('a wrong option', () => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['a text', 'required'],
    ['a list', []],
    ['nothing at all', null],
    ['an unknown name', { nonce: 'off' }],
    ['nonces', { nonces: false }],
    ['replay', { replay: 'none' }],
    ['a URL without a scheme', { resourceUrl: 'app.example' }],
    ['a URL with a user', { resourceUrl: 'https://ada@app.example' }],
    ['a URL with a query', { resourceUrl: 'https://app.example?x' }],
    ['a URL of another kind', { resourceUrl: 'ftp://app.example' }],
  ]
  it.each(wrong)('is refused at construction: %s (SE-16)', async (_, dpop) => {
    const failure = start({ dpop: dpop as object }).catch((error: unknown) => error)
    expect(await failure).toBeInstanceOf(MisuseError)
    expect(await failure).toMatchObject({ code: 'option_invalid' })
  })

  it('on a polluted prototype means nothing (attack 45)', async () => {
    const polluted = Object.prototype as Record<string, unknown>
    polluted['nonces'] = 'off'
    try {
      const app = await start({ dpop: {} })
      const answer = await new DpopClient().send(placeOf(app), 'POST /login', { body: credentials })
      expect([answer.status, answer.headers.has('DPoP-Nonce')]).toEqual([401, true])
    } finally {
      delete polluted['nonces']
    }
  })
})
