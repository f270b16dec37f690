// How often an OAuth client may name a wrong secret (RFC 6749 s10.10). A right one is never kept waiting: nobody can guess
// 256 bits, so the limit is there against noise and for who watches.

import { expect, it } from 'vitest'
import { signed, ask } from '../helpers/requests.ts'
import { basic, clients, form, grant, withClients } from './oauth-world.ts'
import { credentials, startApp, withApp, type AppOptions } from './in-process.ts'

const tries = 3
const options: AppOptions = { sessions: { ...withClients.sessions, throttle: { clientTries: tries } } }
const wrong = { client_id: 'shop', client_secret: 'x'.repeat(43), token: 'x' }

it('answers 429 with Retry-After to an address that names wrong secrets too often (TE-10)', async () => {
  await withApp(options, async (app) => {
    const statuses: number[] = []
    for (let round = 0; round < tries + 3; round += 1) statuses.push((await form(app.url, '/revoke', wrong)).status)
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429])
    const refused = await form(app.url, '/introspect', wrong)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    expect(refused.headers.get('cache-control')).toBe('no-store')
    app.advance(1000)
    expect((await form(app.url, '/token', { ...wrong, grant_type: 'refresh_token' })).status).toBe(401)
    expect((await form(app.url, '/token', { ...wrong, grant_type: 'refresh_token' })).headers.get('retry-after')).toBe(
      '2',
    )
  })
})

it('answers unknown clients like wrong secrets, and counts them together (attack 40)', async () => {
  await withApp(options, async (app) => {
    for (let round = 0; round < tries + 1; round += 1) {
      await form(app.url, '/revoke', { ...wrong, client_id: round % 2 === 0 ? 'nobody' : 'shop' })
    }
    const answers = [
      await form(app.url, '/revoke', wrong),
      await form(app.url, '/revoke', { ...wrong, client_id: 'nobody' }),
    ]
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [429, answers[0]?.text],
      [429, answers[0]?.text],
    ])
  })
})

it('keeps no client waiting that knows its secret, whatever else comes from its address', async () => {
  const app = await startApp(options)
  const { id = '' } = clients[0] ?? {}
  const signIn = await ask(app.url, 'POST /login', { body: { ...credentials, client_id: id }, headers: basic(id) })
  for (let round = 0; round < tries + 5; round += 1) await form(app.url, '/revoke', wrong)
  expect((await form(app.url, '/revoke', wrong)).status).toBe(429)
  expect((await grant(app.url, signed(signIn).refreshToken, {}, basic(id))).status).toBe(200)
  await app.close()
})

it('tells who watches, without a name', async () => {
  await withApp(options, async (app) => {
    const heard: unknown[] = []
    app.latchkey.on('throttled', (event) => heard.push(event))
    for (let round = 0; round < tries + 2; round += 1) await form(app.url, '/revoke', wrong)
    const origin = { label: 'Node.js', place: '127.0.0.0', userAgent: 'node' }
    expect(heard).toEqual([{ what: 'client', account: null, sessionId: null, origin, at: expect.any(Number) }])
  })
})
