// Introspection (RFC 7662): who may ask, what is active, and that everything else is the same short no.

import { expect, test } from 'vitest'
import { generateKeys } from 'latchkey'
import type { Client } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import type { Answer } from '../helpers/requests.ts'
import { ask, claimsOf } from '../helpers/requests.ts'
import { withVerbs } from '../helpers/engine.ts'
import { withApp, type RunningApp } from './in-process.ts'
import { basic, clients, errorOf, form, grant, granted, secret, signInBy, withClients } from './oauth-world.ts'

const introspect = ({ url }: RunningApp, token: string, headers = basic('api')): Promise<Answer> =>
  form(url, '/introspect', { token }, headers)

const inactive = [200, { active: false }] as const
const shown = ({ status, body }: Answer): readonly unknown[] => [status, body]

test('says of a live access token that it is active, and what it says (IN-2, IN-5)', async () => {
  await withApp(withClients, async (app) => {
    const { accessToken } = await signInBy(app.url, 'shop')
    const answer = await introspect(app, accessToken)
    expect(answer.body).toEqual({ ...claimsOf(accessToken), token_type: 'Bearer', active: true })
    expect(answer.body).toMatchObject({ client_id: 'shop', scope: 'read write', auth_time: expect.any(Number) })
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.get('Content-Type')).toBe('application/json; charset=utf-8')
  })
})

test('asks for a client that may introspect and proves it: nobody tries out tokens here (IN-1)', async () => {
  await withApp(withClients, async (app) => {
    const { accessToken } = await signInBy(app.url)
    for (const headers of [{}, basic('api', 'wrong'), basic('nobody'), { Authorization: `Bearer ${accessToken}` }]) {
      const answer = await introspect(app, accessToken, headers)
      expect([answer.status, errorOf(answer)]).toEqual([401, 'invalid_client'])
      expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Basic /)
    }
    const named = await form(app.url, '/introspect', { token: accessToken, client_id: 'phone' })
    expect([named.status, errorOf(named)]).toEqual([401, 'invalid_client'])
    const other = await introspect(app, accessToken, basic('shop'))
    expect([other.status, errorOf(other)]).toEqual([400, 'unauthorized_client'])
    const inBody = await form(app.url, '/introspect', { token: accessToken, client_id: 'api', client_secret: secret })
    expect(inBody.body).toMatchObject({ active: true })
  })
})

test('says the same short no to every token that is not good (IN-2, IN-3, IN-6, attack 40)', async () => {
  await withApp(withClients, async (app) => {
    const { accessToken, refreshToken } = await signInBy(app.url)
    const cut = accessToken.slice(0, -8)
    for (const token of [refreshToken, 'made up', cut, `${cut}AAAAAAAA`, accessToken.replace('.', '..')]) {
      expect(shown(await introspect(app, token))).toEqual(inactive)
    }
    expect((await introspect(app, accessToken)).body).toMatchObject({ active: true })
    app.advance(600_000)
    expect(shown(await introspect(app, accessToken))).toEqual(inactive)
    const { access_token } = granted(await grant(app.url, refreshToken))
    await form(app.url, '/revoke', { token: refreshToken })
    expect(shown(await introspect(app, access_token))).toEqual(inactive)
  })
})

test('asks the store: what another node has revoked is not active, though this one has not heard of it (IN-3, RV-7)', async () => {
  const shared = memoryStore()
  const [keys, deaf] = [generateKeys(), withVerbs(shared, { watch: () => () => undefined })]
  const one = { ...withClients, latchkey: { keys, store: deaf } }
  await withApp(one, async (app) => {
    await withApp({ ...withClients, latchkey: { keys, store: shared } }, async (other) => {
      const { accessToken, refreshToken } = await signInBy(app.url)
      await form(other.url, '/revoke', { token: refreshToken })
      expect((await ask(app.url, 'GET /me', { bearer: accessToken })).status).toBe(200)
      expect(shown(await introspect(app, accessToken))).toEqual(inactive)
    })
  })
})

test('says no of a token whose client was taken away, and that client is refused from then on (IN-3, RT-5, attack 35)', async () => {
  const registered = new Map<string, Client>(clients.map((client) => [client.id, client]))
  const find = (id: string): Client | null => registered.get(id) ?? null
  const sessions = { ...withClients.sessions, clients: { find } }
  await withApp({ sessions }, async (app) => {
    const { accessToken, refreshToken } = await signInBy(app.url, 'shop')
    expect((await introspect(app, accessToken)).body).toMatchObject({ active: true })
    const less = { ...registered.get('shop'), id: 'shop', scopes: ['read'] }
    registered.set('shop', less)
    const narrowed = granted(await grant(app.url, refreshToken, {}, basic('shop')))
    expect([narrowed.scope, claimsOf(narrowed.access_token)['scope']]).toEqual(['read', 'read'])
    const wide = await grant(app.url, narrowed.refresh_token, { scope: 'write' }, basic('shop'))
    expect(errorOf(wide)).toBe('invalid_scope')
    registered.delete('shop')
    expect(shown(await introspect(app, accessToken))).toEqual(inactive)
    const refused = await grant(app.url, narrowed.refresh_token, {}, basic('shop'))
    expect([refused.status, errorOf(refused)]).toEqual([401, 'invalid_client'])
  })
})

test('says how its user signed in; the application’s own claims cannot say that it is active, nor its type (IN-2, IN-5)', async () => {
  const authenticate = () => ({
    id: 'ada',
    acr: 'urn:mfa',
    amr: ['otp'],
    claims: { active: false, token_type: 'DPoP', role: 'guest' },
  })
  await withApp({ sessions: { ...withClients.sessions, authenticate } }, async (app) => {
    const { accessToken } = await signInBy(app.url)
    const answer = await introspect(app, accessToken)
    expect(answer.body).toMatchObject({
      active: true,
      token_type: 'Bearer',
      role: 'guest',
      acr: 'urn:mfa',
      amr: ['otp'],
    })
  })
})

test('is 503 while the store or the registry is away: no token is called dead that may be alive (IN-3, I3)', async () => {
  const down = { store: false, clients: false }
  const store = memoryStore()
  const findPublic: typeof store.findPublic = (...args) =>
    down.store ? Promise.reject(new Error('down')) : store.findPublic(...args)
  const find = (id: string): Client | null => {
    if (down.clients) throw new Error('down')
    return clients.find((client) => client.id === id) ?? null
  }
  const sessions = { ...withClients.sessions, clients: { find } }
  await withApp({ sessions, latchkey: { store: withVerbs(store, { findPublic }) } }, async (app) => {
    const { accessToken, refreshToken } = await signInBy(app.url, 'shop')
    for (const name of ['store', 'clients'] as const) {
      down[name] = true
      const answer = await introspect(app, accessToken)
      expect([name, answer.status, errorOf(answer)]).toEqual([name, 503, 'temporarily_unavailable'])
      expect(answer.headers.get('Retry-After')).toBe('1')
      if (name === 'clients') expect((await grant(app.url, refreshToken, {}, basic('shop'))).status).toBe(503)
      down[name] = false
    }
    expect((await introspect(app, accessToken)).body).toMatchObject({ active: true })
  })
})
