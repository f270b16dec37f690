// What a route may ask beyond a good token: a scope (403), and a newer or stronger sign-in (401, RFC 9470). No renewal
// brings either; a new sign-in brings the second.

import type { Express } from 'express'
import type { RequireAuthOptions, Sessions, SignInUser } from 'latchkey/express'
import { expect, test } from 'vitest'
import { DpopClient } from '../helpers/dpop.ts'
import { ask, claimsOf, renew, signed, type Answer } from '../helpers/requests.ts'
import { credentials, showMe, withApp, type AppOptions, type RunningApp } from './in-process.ts'

/** A user who can sign in by password alone, or with a code, and one route that asks for something. */
const asking = (required: RequireAuthOptions): AppOptions => ({
  sessions: {
    authenticate: ({ password }): SignInUser | null =>
      ({
        [credentials.password]: { id: 'ada', scope: 'read write' },
        'with a code': { id: 'ada', acr: 'urn:mfa', amr: ['pwd', 'otp'] },
      })[password] ?? null,
  },
  mount: (app: Express, sessions: Sessions) => {
    app.use(sessions.router)
    app.get('/guarded', sessions.requireAuth(required), showMe)
  },
})

const enter = async ({ url }: RunningApp, password = credentials.password): ReturnType<typeof signInWith> =>
  signInWith(url, password)
const signInWith = async (url: string, password: string) =>
  signed(await ask(url, 'POST /login', { body: { ...credentials, password } }))
const guarded = ({ url }: RunningApp, bearer: string): Promise<Answer> => ask(url, 'GET /guarded', { bearer })
const challengeOf = ({ headers }: Answer): string | null => headers.get('WWW-Authenticate')

test('a token without the scope is 403 insufficient_scope, which names what is missing, and no 401 (SU-7)', async () => {
  await withApp(asking({ scope: 'read admin' }), async (app) => {
    const answer = await guarded(app, (await enter(app)).accessToken)
    expect([answer.status, answer.text]).toEqual([403, '{"error":"Forbidden"}'])
    const challenge = challengeOf(answer)
    expect(challenge).toMatch(/^Bearer error="insufficient_scope", error_description="[^"]+", scope="read admin"$/)
  })
  await withApp(asking({ scope: 'write' }), async (app) => {
    expect((await guarded(app, (await enter(app)).accessToken)).status).toBe(200)
    expect((await guarded(app, (await enter(app, 'with a code')).accessToken)).status).toBe(403)
  })
})

test('a sign-in that is too old is 401 insufficient_user_authentication, renewals or not, until a new one (SU-1, SU-4, SU-5, RT-15, SE-4)', async () => {
  await withApp(asking({ maxAge: 60 }), async (app) => {
    const first = await enter(app)
    expect((await guarded(app, first.accessToken)).status).toBe(200)
    app.advance(61_000)
    const stale = await guarded(app, first.accessToken)
    expect([stale.status, stale.text]).toEqual([401, '{"error":"Unauthorized"}'])
    const named = /^Bearer error="insufficient_user_authentication", error_description="[^"]+", max_age="60"$/
    expect(challengeOf(stale)).toMatch(named)
    let token = first.refreshToken
    for (let round = 0; round < 3; round += 1) {
      const renewed = signed(await renew(app.url, token))
      token = renewed.refreshToken
      expect((await guarded(app, renewed.accessToken)).status).toBe(401)
      expect(claimsOf(renewed.accessToken)['auth_time']).toBe(claimsOf(first.accessToken)['auth_time'])
    }
    const again = await enter(app)
    expect(again.refreshToken.slice(0, 20)).not.toBe(token.slice(0, 20))
    expect((await guarded(app, again.accessToken)).status).toBe(200)
    app.advance(60_001)
    expect((await guarded(app, again.accessToken)).status).toBe(401)
  })
})

test('a sign-in that was not strong enough is 401 with the classes in order; one of them is enough, and lasts (SU-1, SU-2, SU-3, RT-15)', async () => {
  await withApp(asking({ acr: ['urn:key', 'urn:mfa'], freshness: 'live' }), async (app) => {
    const weak = await guarded(app, (await enter(app)).accessToken)
    expect(weak.status).toBe(401)
    expect(challengeOf(weak)).toMatch(
      /^Bearer error="insufficient_user_authentication", .*acr_values="urn:key urn:mfa"$/,
    )
    const strong = await enter(app, 'with a code')
    expect(claimsOf(strong.accessToken)).toMatchObject({ acr: 'urn:mfa', amr: ['pwd', 'otp'] })
    expect((await guarded(app, strong.accessToken)).status).toBe(200)
    const renewed = signed(await renew(app.url, strong.refreshToken))
    expect(claimsOf(renewed.accessToken)).toMatchObject({ acr: 'urn:mfa', amr: ['pwd', 'otp'] })
    expect((await guarded(app, renewed.accessToken)).status).toBe(200)
  })
})

test('whoever comes with a bound token is challenged under its scheme (SU-1, DP-13)', async () => {
  await withApp(asking({ scope: 'admin' }), async ({ url }) => {
    const place = { url, publicUrl: 'https://app.example' }
    const client = await DpopClient.signIn(place, credentials)
    const answer = await client.get(place, '/guarded')
    expect([answer.status, challengeOf(answer)]).toMatchObject([
      403,
      /^DPoP .*error="insufficient_scope".* scope="admin"/,
    ])
  })
})

test('as a problem, a step-up and a scope have reasons of their own', async () => {
  const Accept = 'application/problem+json'
  await withApp(asking({ maxAge: 1 }), async (app) => {
    const { accessToken } = await enter(app)
    app.advance(2000)
    const answer = await ask(app.url, 'GET /guarded', { bearer: accessToken, headers: { Accept } })
    expect(answer.body).toMatchObject({ status: 401, reason: 'step_up' })
  })
  await withApp(asking({ scope: 'admin' }), async (app) => {
    const { accessToken } = await enter(app)
    const answer = await ask(app.url, 'GET /guarded', { bearer: accessToken, headers: { Accept } })
    expect(answer.body).toMatchObject({ status: 403, reason: 'scope' })
  })
})

test.each([{ scope: '' }, { maxAge: 0 }, { acr: [] }, { maxage: 60 }])(
  'refuses %j where the route is made: a misspelt demand must not be none',
  async (required) => {
    const mount = (_app: Express, sessions: Sessions): void => {
      expect(() => sessions.requireAuth(required as RequireAuthOptions)).toThrow(/scope|maxAge|acr|option/)
    }
    await withApp({ mount }, async () => undefined)
  },
)
