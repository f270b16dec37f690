// What the OAuth dialect says of every code there is: the one table of oauth/errors.ts, held against the RFCs, the answers
// and docs/oauth.md. And that an outage is never a refusal (I3).

import { errorCodes, type ErrorCode } from 'latchkey'
import { statuses } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { expect, test } from 'vitest'
import { oauthAnswers, oauthErrors } from '../../packages/latchkey/src/express/oauth/errors.ts'
import { withVerbs } from '../helpers/engine.ts'
import { ask, claimsOf } from '../helpers/requests.ts'
import { textOf } from '../meta/markdown.ts'
import { withApp } from './in-process.ts'
import { basic, errorOf, form, grant, granted, signInBy, withClients } from './oauth-world.ts'

const codes = Object.keys(errorCodes) as ErrorCode[]

test('I8 every code has an answer in the OAuth dialect, and the table knows no other codes', () => {
  expect(Object.keys(oauthAnswers).toSorted()).toEqual(codes.toSorted())
  const used = new Set(Object.values(oauthAnswers).map(({ error }) => error))
  expect([...used].toSorted()).toEqual(Object.keys(oauthErrors).toSorted())
})

test('errors and descriptions are of the characters that RFC 6749 s5.2 allows (TE-5)', () => {
  for (const [error, description] of Object.entries(oauthErrors)) {
    expect(error).toMatch(/^[a-z_]+$/)
    expect(description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
  }
})

test('the dialect changes what a refused token is, and no more: what is an outage, too large or too often stays so (TE-5, I3)', () => {
  const same = codes.filter((code) => statuses[code].status === oauthAnswers[code].status)
  const changed = codes.filter((code) => !same.includes(code))
  // RFC 6749 s5.2 has 400 for all that is wrong with a grant or a proof; the plain dialect 401 and 403.
  expect(changed.map((code) => [code, oauthAnswers[code].status])).toEqual(changed.map((code) => [code, 400]))
  for (const code of ['store_unavailable', 'overloaded', 'throttled', 'request_too_large', 'client_refused'] as const) {
    expect(same).toContain(code)
  }
})

test('a store that is away is 503 with Retry-After and temporarily_unavailable, never a refusal (I3, RV-8)', async () => {
  const store = memoryStore()
  const advance: typeof store.advance = () => Promise.reject(new Error('down'))
  await withApp({ ...withClients, latchkey: { store: withVerbs(store, { advance }) } }, async ({ url }) => {
    const { refreshToken } = await signInBy(url)
    const answer = await grant(url, refreshToken)
    expect(answer.status).toBe(503)
    expect(answer.body).toEqual({
      error: 'temporarily_unavailable',
      error_description: oauthErrors.temporarily_unavailable,
    })
    expect(answer.headers.get('Retry-After')).toBe('1')
  })
})

test('no refusal of this dialect is a problem of RFC 9457, whatever the request accepts (PD-3)', async () => {
  const Accept = 'application/problem+json'
  await withApp(withClients, async ({ url }) => {
    const answers = [
      await grant(url, 'x', {}, { Accept }),
      await grant(url, 'x', { client_id: 'nobody' }, { Accept }),
      await form(url, '/revoke', {}, { Accept }),
      await form(url, '/introspect', { token: 'x' }, { Accept }),
      await ask(url, 'POST /introspect', { body: { token: 'x' }, headers: { Accept } }),
    ]
    for (const answer of answers) {
      expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8')
      expect(Object.keys(answer.body as object)).toEqual(['error', 'error_description'])
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
      expect(answer.headers.get('Pragma')).toBe('no-cache')
      expect(answer.headers.has('WWW-Authenticate')).toBe(answer.status === 401)
    }
  })
})

test('neither reads nor sets a cookie (BB-2, attack 40)', async () => {
  const sessions = { ...withClients.sessions, transports: ['body', 'cookie'] as const }
  await withApp({ sessions }, async ({ url }) => {
    const { refreshToken } = await signInBy(url)
    const Cookie = `__Host-Http-latchkey=${refreshToken}; __Host-Http-latchkey=x; __Host-latchkey-session=y`
    const none = await form(url, '/token', { grant_type: 'refresh_token' }, { Cookie })
    expect([none.status, errorOf(none)]).toEqual([400, 'invalid_request'])
    const answer = await grant(url, refreshToken, {}, { Cookie })
    expect(granted(answer).token_type).toBe('Bearer')
    for (const { headers } of [none, answer, await form(url, '/revoke', { token: refreshToken }, { Cookie })]) {
      expect(headers.has('Set-Cookie')).toBe(false)
    }
  })
})

test('says nothing that came: no token, no secret, no name of a client (I4, PD-4)', async () => {
  const planted = ['planted-token', 'planted-secret', 'planted-client']
  const [token, password, id] = planted as [string, string, string]
  await withApp(withClients, async ({ url }) => {
    const answers = [
      await grant(url, token, {}, basic(id, password)),
      await grant(url, token, { client_id: id, client_secret: password }),
      await grant(url, token, { scope: token }),
      await form(url, '/revoke', { token }, basic('shop')),
      await form(url, '/introspect', { token }, basic('api')),
      await form(url, '/token', { grant_type: token, client_id: 'phone' }),
    ]
    for (const { text, headers } of answers) {
      const said = text + JSON.stringify([...headers])
      for (const secret of planted) expect(said).not.toContain(secret)
    }
  })
})

test('a registered client’s access token cannot look at its user’s sessions, nor end them (attack 37, RT-16)', async () => {
  await withApp(withClients, async ({ url, latchkey }) => {
    const own = await signInBy(url)
    const { accessToken: bearer } = await signInBy(url, 'phone')
    const id = String(claimsOf(own.accessToken)['sid'])
    for (const route of ['GET /sessions', `DELETE /sessions/${id}`, 'DELETE /sessions', 'POST /logout/all']) {
      const answer = await ask(url, route, { bearer })
      expect([route, answer.status]).toEqual([route, 403])
      expect(answer.headers.get('WWW-Authenticate')).toMatch(/error="insufficient_scope"/)
    }
    expect(await latchkey.list('id-of-ada')).toHaveLength(2)
    // The owner sees the client's session among his own, and ends it.
    const { sessions } = (await ask(url, 'GET /sessions', { bearer: own.accessToken })).body as {
      sessions: { id: string }[]
    }
    expect(sessions).toHaveLength(2)
    await ask(url, 'DELETE /sessions', { bearer: own.accessToken })
    expect((await ask(url, 'GET /me', { bearer })).status).toBe(401)
  })
})

test('a registry that fails is an outage, for a sign-in too, and only for who names a client (I3)', async () => {
  const find = (): Promise<never> => Promise.reject(new Error('down'))
  await withApp({ sessions: { ...withClients.sessions, clients: { find } } }, async ({ url, errors }) => {
    const own = await signInBy(url)
    expect(granted(await grant(url, own.refreshToken)).token_type).toBe('Bearer')
    const named = { username: 'ada', password: 'the right one', client_id: 'phone' }
    expect((await ask(url, 'POST /login', { body: named })).status).toBe(503)
    const answer = await grant(url, own.refreshToken, { client_id: 'phone' })
    expect([answer.status, errorOf(answer), answer.headers.get('Retry-After')]).toEqual([
      503,
      'temporarily_unavailable',
      '1',
    ])
    expect(errors).toEqual([])
  })
})

test('whoever fails to be a client again and again has to wait, at every route, and the true one never (TE-10)', async () => {
  const sessions = { ...withClients.sessions, throttle: { clientTries: 3 } }
  await withApp({ sessions }, async ({ url, advance }) => {
    const { refreshToken } = await signInBy(url, 'shop')
    const wrong = basic('shop', 'wrong')
    const named = { username: 'ada', password: 'the right one', client_id: 'shop' }
    for (let round = 0; round < 3; round += 1) expect(errorOf(await grant(url, 'x', {}, wrong))).toBe('invalid_client')
    await form(url, '/revoke', { token: 'x' }, wrong)
    const late = [
      await grant(url, 'x', {}, wrong),
      await form(url, '/introspect', { token: 'x' }, basic('nobody')),
      await form(url, '/revoke', { token: 'x', client_id: 'nobody' }),
    ]
    for (const answer of late) {
      expect([answer.status, errorOf(answer)]).toEqual([429, 'temporarily_unavailable'])
      expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
    }
    expect((await ask(url, 'POST /login', { body: named, headers: wrong })).status).toBe(429)
    expect(granted(await grant(url, refreshToken, {}, basic('shop'))).scope).toBe('read write')
    advance(86_400_000)
    expect(errorOf(await grant(url, 'x', {}, wrong))).toBe('invalid_client')
  })
})

test('docs/oauth.md has a line for every code, with its status and its error, and none for anything else (I8)', () => {
  const documented = [...textOf('docs/oauth.md').matchAll(/^\| `(\w+)` \| (\d{3}) \| `(\w+)` \|/gm)]
  expect(documented.map(([, code]) => code)).toEqual(Object.keys(oauthAnswers))
  for (const [, code = '', status, error] of documented) {
    expect([code, Number(status), error]).toEqual([code, ...Object.values(oauthAnswers[code as ErrorCode])])
  }
})
