// Revocation (RFC 7009): what ends, what does not, and that the answer never says which of the two it was.

import { expect, test } from 'vitest'
import { memoryStore } from 'latchkey/memory'
import { ask } from '../helpers/requests.ts'
import { withVerbs } from '../helpers/engine.ts'
import { withApp, type RunningApp } from './in-process.ts'
import { basic, errorOf, form, grant, granted, signInBy, withClients, type Parameters } from './oauth-world.ts'

const revoke = (
  { url }: RunningApp,
  token: string,
  headers: Parameters = {},
  more: Parameters = {},
): ReturnType<typeof form> => form(url, '/revoke', { token, ...more }, headers)

test('ends the session of a refresh token at once, its access tokens too, and says 200 (RV-1, RV-6, RV-7)', async () => {
  await withApp(withClients, async (app) => {
    const { url } = app
    const { refreshToken, accessToken } = await signInBy(url, 'shop')
    const answer = await revoke(app, refreshToken, basic('shop'))
    expect([answer.status, answer.headers.get('Cache-Control')]).toEqual([200, 'no-store'])
    expect(errorOf(await grant(url, refreshToken, {}, basic('shop')))).toBe('invalid_grant')
    const me = await ask(url, 'GET /me', { bearer: accessToken })
    expect([me.status, me.headers.get('WWW-Authenticate')]).toMatchObject([401, /error="invalid_token"/])
  })
})

test('ends the session of an access token, and of a refresh token of any generation, proved or not (RV-6, RT-12)', async () => {
  await withApp(withClients, async (app) => {
    const { url } = app
    const first = await signInBy(url, 'phone')
    expect((await revoke(app, first.accessToken, {}, { client_id: 'phone' })).status).toBe(200)
    expect(errorOf(await grant(url, first.refreshToken, { client_id: 'phone' }))).toBe('invalid_grant')
    const old = await signInBy(url)
    const { refresh_token } = granted(await grant(url, old.refreshToken))
    await revoke(app, old.refreshToken)
    expect(errorOf(await grant(url, refresh_token))).toBe('invalid_grant')
    const keyed = await signInBy(url, undefined, { 'Latchkey-Proof': 'v1' })
    await revoke(app, keyed.refreshToken)
    expect((await ask(url, 'GET /me', { bearer: keyed.accessToken })).status).toBe(401)
  })
})

test('answers an unknown token, one that has ended, and one of another client as it answers a good one (RV-2, RV-4, attack 40)', async () => {
  await withApp(withClients, async (app) => {
    const { url } = app
    const mine = await signInBy(url, 'shop')
    const other = await signInBy(url, 'other')
    const answers = [
      await revoke(app, mine.refreshToken, basic('shop')),
      await revoke(app, mine.refreshToken, basic('shop')),
      await revoke(app, mine.accessToken, basic('shop')),
      await revoke(app, 'made up', basic('shop')),
      await revoke(app, other.refreshToken, basic('shop')),
      await revoke(app, other.accessToken, basic('shop')),
      await revoke(app, other.refreshToken),
      await revoke(app, other.accessToken, {}, { client_id: 'phone' }),
    ]
    const shown = answers.map(({ status, text, headers }) => [
      status,
      text,
      [...headers].filter(([name]) => name !== 'date'),
    ])
    expect(shown).toEqual(shown.map(() => shown[0]))
    expect(shown[0]?.[0]).toBe(200)
    // Nothing of the other's was touched.
    expect((await ask(url, 'GET /me', { bearer: other.accessToken })).status).toBe(200)
    expect(granted(await grant(url, other.refreshToken, {}, basic('other'))).scope).toBe('read write')
  })
})

test('finds the token whatever the hint says (RV-5)', async () => {
  await withApp(withClients, async (app) => {
    for (const hint of ['access_token', 'refresh_token', 'x', '']) {
      const { refreshToken, accessToken } = await signInBy(app.url)
      const token = hint === 'access_token' ? refreshToken : accessToken
      expect((await revoke(app, token, {}, { token_type_hint: hint })).status).toBe(200)
      expect((await ask(app.url, 'GET /me', { bearer: accessToken })).status).toBe(401)
    }
  })
})

test('refuses a request without a token, and a client that does not prove who it is (RV-1, RV-3)', async () => {
  await withApp(withClients, async (app) => {
    const { url } = app
    const { refreshToken } = await signInBy(url, 'shop')
    const none = await form(url, '/revoke', { token: '' }, basic('shop'))
    expect([none.status, errorOf(none)]).toEqual([400, 'invalid_request'])
    for (const headers of [basic('shop', 'wrong'), basic('nobody'), { Authorization: 'Bearer x' }]) {
      const answer = await revoke(app, refreshToken, headers)
      expect([answer.status, errorOf(answer)]).toEqual([401, 'invalid_client'])
      expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Basic /)
    }
    expect(granted(await grant(url, refreshToken, {}, basic('shop'))).scope).toBe('read write')
  })
})

test('says who ended the session: the client, or its owner (SE-15)', async () => {
  await withApp(withClients, async (app) => {
    const told: unknown[] = []
    app.latchkey.on('revoked', ({ reason, origin }) => told.push([reason, origin.actor]))
    const [shop, own] = [await signInBy(app.url, 'shop'), await signInBy(app.url)]
    await revoke(app, shop.refreshToken, basic('shop'))
    await revoke(app, own.accessToken)
    expect(told).toEqual([
      ['signed_out', 'client:shop'],
      ['signed_out', undefined],
    ])
  })
})

test('is 503 with Retry-After while the store is away, so that nobody takes the token for dead (RV-8, I3)', async () => {
  const down = { down: false }
  const store = memoryStore()
  const revokeVerb: typeof store.revoke = (...args) =>
    down.down ? Promise.reject(new Error('down')) : store.revoke(...args)
  await withApp({ ...withClients, latchkey: { store: withVerbs(store, { revoke: revokeVerb }) } }, async (app) => {
    const { refreshToken } = await signInBy(app.url)
    down.down = true
    const answer = await revoke(app, refreshToken)
    expect([answer.status, errorOf(answer)]).toEqual([503, 'temporarily_unavailable'])
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0)
    down.down = false
    expect(granted(await grant(app.url, refreshToken)).token_type).toBe('Bearer')
  })
})
