// What is kept of a person and shown of him: as little as recognising his own devices takes, no longer than the session,
// and never a reason to sign him out.

import { describe, expect, test } from 'vitest'
import { codeOf, day, minute, openEngine, payloadOf, plain } from '../helpers/engine.ts'
import { ask, type Signed } from '../helpers/requests.ts'
import { startServer } from '../helpers/server.ts'
import { credentials, withApp } from '../http/in-process.ts'

const thumbprint = Buffer.alloc(32, 7).toString('base64url')

describe('what is kept of a session', () => {
  test('goes with it: after the sweep nothing holds the thumbprint of its key any more (PR-2, PR-3)', async () => {
    const { latchkey, clock, store } = await openEngine()
    const { session, refreshToken } = await latchkey.signIn({ ...plain, proof: 'dpop', thumbprint })
    const sid = Buffer.from(refreshToken.slice('lkr1_'.length), 'base64url').toString('hex', 1, 17)
    expect(await store.find(sid)).toMatchObject({ thumbprint })
    await latchkey.revoke('ada', session.id)
    clock.advance(day + minute)
    await latchkey.sweep()
    expect(await store.find(sid)).toBeNull()
    await latchkey.close()
  })

  test('says nothing of its key in any event but as a part of the session itself (PR-2)', async () => {
    const { latchkey, heard } = await openEngine()
    const { refreshToken } = await latchkey.signIn({ ...plain, proof: 'dpop', thumbprint })
    const other = Buffer.alloc(32, 8).toString('base64url')
    expect(await codeOf(latchkey.refresh({ token: refreshToken, transport: 'body', thumbprint: other }))).toBe(
      'proof_refused',
    )
    const unproved = heard.find(({ name }) => name === 'unproved')
    expect(JSON.stringify(unproved)).not.toContain(thumbprint)
    expect(JSON.stringify(heard)).not.toContain(other)
    await latchkey.close()
  })
})

describe('a new address or user agent', () => {
  test('ends nothing and is refused nothing: it is told with the event alone (PR-5)', async () => {
    const { latchkey, clock, heard } = await openEngine()
    const home = { label: 'Firefox on Linux', userAgent: 'Firefox', place: '192.0.2.0' }
    const away = { label: 'curl', userAgent: 'curl/8', place: '2001:db8:1::' }
    const first = await latchkey.signIn({ ...plain, origin: () => home })
    const next = await latchkey.refresh({ token: first.refreshToken, transport: 'body', origin: () => away })
    expect(next.session).toMatchObject({ id: first.session.id, generation: 2, device: home })
    clock.advance(1)
    await latchkey.refresh({ token: first.refreshToken, transport: 'body', origin: () => away })
    expect(heard.map(({ name }) => name)).toEqual(['signed_in', 'renewed', 'again'])
    expect(heard.at(-1)?.event).toMatchObject({ origin: away })
    await latchkey.close()
  })

  test('is no reason over HTTP either (PR-5)', () =>
    withApp({}, async ({ url }) => {
      const from = (userAgent: string) => ({ headers: { 'User-Agent': userAgent } })
      const login = await ask(url, 'POST /login', { body: credentials, ...from('Firefox/150 Linux') })
      const { refreshToken, accessToken } = login.body as Signed
      const renewed = await ask(url, 'POST /token', { body: { refreshToken }, ...from('Safari/20 iPhone') })
      expect(renewed.status).toBe(200)
      const me = await ask(url, 'GET /me', { bearer: accessToken, ...from('curl/8') })
      expect(me.status).toBe(200)
    }))
})

describe('what is told of a person', () => {
  test('is no cookie: outside of cookie mode no answer sets one (PR-7)', () =>
    withApp({}, async ({ url }) => {
      const login = await ask(url, 'POST /login', { body: credentials })
      const { refreshToken, accessToken: bearer } = login.body as Signed
      const renewed = await ask(url, 'POST /token', { body: { refreshToken } })
      const { refreshToken: next } = renewed.body as Signed
      const others = [
        await ask(url, 'POST /login', { body: { ...credentials, password: 'wrong' } }),
        await ask(url, 'POST /token', { body: {} }),
        await ask(url, 'GET /me', { bearer }),
        await ask(url, 'GET /sessions', { bearer }),
        await ask(url, 'DELETE /sessions', { bearer }),
        await ask(url, 'POST /logout', { body: { refreshToken: next } }),
        await ask(url, 'POST /logout/all', { bearer }),
      ]
      const all = [login, renewed, ...others]
      expect(all.map(({ status }) => status)).toEqual([200, 200, 401, 401, 200, 200, 204, 204, 401])
      expect(all.flatMap(({ headers }) => headers.getSetCookie())).toEqual([])
    }))

  test('is no name in an access token: `sub` is an id that says nothing (AT-6)', async () => {
    const server = await startServer()
    try {
      const headers = { 'User-Agent': 'Firefox/150 on a telling device' }
      const login = await ask(server.url, 'POST /login', { body: server.administrator, headers })
      const { accessToken } = login.body as Signed
      const payload = payloadOf(accessToken)
      const said = Object.keys(payload).toSorted()
      expect(said).toEqual(['aud', 'auth_time', 'client_id', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub'])
      expect(payload['sub']).toMatch(/^[\w-]{20,}$/)
      for (const telling of [server.administrator.username, 'telling device', '127.0.0']) {
        expect(JSON.stringify({ ...payload, iss: '', aud: '' })).not.toContain(telling)
      }
    } finally {
      await server.remove()
    }
  })
})
