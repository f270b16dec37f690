// What concerns several endpoints at once: that a token to be judged never stands in an address, that bound tokens live
// shortly, and how an application guards what it must not do for a user who signed in long ago.

import type { Express } from 'express'
import type { Sessions } from 'latchkey/express'
import { describe, expect, test } from 'vitest'
import { DpopClient } from '../helpers/dpop.ts'
import { ask, claimsOf, renew, signed } from '../helpers/requests.ts'
import { startServer } from '../helpers/server.ts'
import { placeOf } from '../http/dpop-world.ts'
import { credentials, withApp } from '../http/in-process.ts'
import { basic, form, signInBy, withClients } from '../http/oauth-world.ts'

describe('introspection and revocation', () => {
  test('are POST alone: a token in an address would stand in logs (IN-4, RV-1)', async () => {
    const server = await startServer()
    try {
      const { accessToken } = signed(await ask(server.url, 'POST /login', { body: server.administrator }))
      for (const route of ['GET /introspect', 'HEAD /introspect', 'PUT /introspect', 'GET /revoke']) {
        const answer = await ask(server.url, `${route}?token=${accessToken}`)
        expect([route, answer.status, answer.headers.get('Allow')]).toEqual([route, 405, 'POST'])
        expect(answer.text).not.toContain(accessToken)
      }
      expect((await ask(server.url, 'GET /me', { bearer: accessToken })).status).toBe(200)
    } finally {
      await server.remove()
    }
  })

  test('are stored by nobody, whatever they answer (IN-4, TE-4)', () =>
    withApp(withClients, async ({ url }) => {
      const { accessToken: token } = await signInBy(url)
      const answers = [
        await form(url, '/introspect', { token }, basic('api')),
        await form(url, '/introspect', { token: 'nonsense' }, basic('api')),
        await form(url, '/introspect', {}, basic('api')),
        await form(url, '/introspect', { token }, basic('api', 'wrong')),
        await form(url, '/introspect', { token }, basic('shop')),
        await form(url, '/revoke', { token: 'nonsense' }),
        await form(url, '/revoke', { token }),
      ]
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 401, 400, 200, 200])
      for (const { headers } of answers) expect(headers.get('Cache-Control')).toBe('no-store')
      expect(answers[0]?.body).toMatchObject({ active: true })
      expect(answers[1]?.body).toEqual({ active: false })
    }))
})

describe('a bound access token', () => {
  test('lives for ten minutes unless the application says otherwise, and no proof of it can be made ahead (DP-14)', () =>
    withApp({}, async (app) => {
      const place = placeOf(app)
      const { accessToken } = await DpopClient.signIn(place, credentials)
      const { iat, exp, cnf } = claimsOf(accessToken) as Record<'iat' | 'exp' | 'cnf', number>
      expect(cnf).toBeDefined()
      expect(exp - iat).toBe(600)
      const unasked = await new DpopClient().ask(place, 'POST /login', {
        body: credentials,
        proof: { nonce: undefined },
      })
      expect([unasked.status, unasked.headers.has('DPoP-Nonce')]).toEqual([401, true])
    }))
})

describe('what an application guards with maxAge', () => {
  const guarded = (app: Express, sessions: Sessions): void => {
    app.use(sessions.router)
    app.post('/email', sessions.requireAuth({ maxAge: 300 }), (_req, res) => void res.status(204).end())
  }

  test('is not done for a user who signed in long ago, until he signs in again; on no other device of his either (SU-6)', () =>
    withApp({ mount: guarded }, async ({ url, advance }) => {
      const enter = async () => signed(await ask(url, 'POST /login', { body: credentials }))
      const change = async (bearer: string): Promise<number> => (await ask(url, 'POST /email', { bearer })).status
      const phone = await enter()
      advance(299_000)
      expect(await change(phone.accessToken)).toBe(204)
      advance(2000)
      expect(await change(phone.accessToken)).toBe(401)
      const renewed = signed(await renew(url, phone.refreshToken))
      expect(await change(renewed.accessToken)).toBe(401)
      const again = await enter()
      expect(await change(again.accessToken)).toBe(204)
      expect(await change(renewed.accessToken)).toBe(401)
    }))
})
