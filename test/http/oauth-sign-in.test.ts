// The sign-in of a registered client: it names and proves itself beside the user's credentials, gets what it may have and
// no more, and its sessions are its own from then on.

import { expect, test } from 'vitest'
import { ask, claimsOf, signed } from '../helpers/requests.ts'
import { credentials, withApp, type AppOptions } from './in-process.ts'
import {
  basic,
  clients,
  errorOf,
  grant,
  granted,
  secret,
  signInBy,
  withClients,
  type Parameters,
} from './oauth-world.ts'
import { only, request } from './raw-socket.ts'

const login = (url: string, more: object, headers: Parameters = {}): ReturnType<typeof ask> =>
  ask(url, 'POST /login', { body: { ...credentials, ...more }, headers })

test.each([
  ['HTTP Basic', { client_id: 'shop' }, basic('shop')],
  ['members of the body', { client_id: 'shop', client_secret: secret }, {}],
  ['its name alone, where it has no secret', { client_id: 'phone' }, {}],
])('takes a client by %s, and gives it its part of the user’s scope (RT-5, RT-6)', async (_how, more, headers) => {
  await withApp(withClients, async ({ url, latchkey }) => {
    const { accessToken } = signed(await login(url, more, headers))
    const id = more.client_id
    expect(claimsOf(accessToken)).toMatchObject({ client_id: id, scope: 'read write' })
    expect(await latchkey.list('id-of-ada')).toMatchObject([{ client: id }])
  })
})

test.each([
  ['an unknown client', { client_id: 'nobody' }, {}],
  ['a wrong secret', { client_id: 'shop' }, basic('shop', 'wrong')],
  ['no secret', { client_id: 'shop' }, {}],
  ['a secret for a client that has none', { client_id: 'phone', client_secret: secret }, {}],
  ['a prototype', { client_id: '__proto__' }, {}],
])(
  'refuses %s with 401 before it looks at the password, and begins no session (RT-5, attack 40)',
  async (_name, more, headers) => {
    const looked: string[] = []
    const authenticate = ({ username }: { readonly username: string }) => {
      looked.push(username)
      return null
    }
    await withApp({ sessions: { clients, authenticate } }, async ({ url }) => {
      const answer = await login(url, more, headers)
      expect([answer.status, answer.text]).toEqual([401, '{"error":"Unauthorized"}'])
      expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Basic realm=/)
      expect(looked).toEqual([])
    })
  },
)

test('refuses a client by which nobody may sign in, in either way of naming it', async () => {
  await withApp(withClients, async ({ url, latchkey }) => {
    for (const [more, headers] of [
      [{ client_id: 'api' }, basic('api')],
      [{ client_id: 'api', client_secret: secret }, {}],
    ] as const) {
      const answer = await login(url, more, headers)
      expect([answer.status, answer.text]).toEqual([400, '{"error":"Bad Request"}'])
    }
    expect(await latchkey.list('id-of-ada')).toEqual([])
  })
})

test.each([
  ['a secret in two places', { client_id: 'shop', client_secret: secret }, basic('shop')],
  ['two names', { client_id: 'other' }, basic('shop')],
  ['a secret without a name', { client_secret: secret }, {}],
  ['a name that is no text', { client_id: 7 }, {}],
  ['a name that is a list', { client_id: ['shop'] }, {}],
  ['a secret that is an object', { client_id: 'shop', client_secret: {} }, {}],
])('refuses %s with 400 (attack 26)', async (_name, more, headers) => {
  await withApp(withClients, async ({ url }) => {
    const answer = await login(url, more, headers)
    expect([answer.status, answer.text]).toEqual([400, '{"error":"Bad Request"}'])
  })
})

test('two Authorization headers are ambiguous at sign-in too (attack 25)', async () => {
  await withApp(withClients, async ({ url }) => {
    const lines = ['Content-Type: application/json', 'Authorization: Basic c2hvcDp4', 'Authorization: Basic c2hvcDp5']
    const named = { ...credentials, client_id: 'shop' }
    expect((await only(url, request('POST /login', lines, JSON.stringify(named)))).status).toBe(400)
  })
})

test('is first-party where no client is named: null, an empty name, an access token, Basic of somebody else’s', async () => {
  await withApp(withClients, async ({ url }) => {
    const { accessToken } = await signInBy(url)
    for (const [more, headers] of [
      [{ client_id: null, client_secret: null }, {}],
      [{ client_id: '', client_secret: '' }, {}],
      [{}, { Authorization: `Bearer ${accessToken}` }],
      [{ client_id: 'first-party' }, {}],
    ] as const) {
      const { accessToken: fresh } = signed(await login(url, more, headers))
      expect(claimsOf(fresh)).toMatchObject({ client_id: 'first-party', scope: 'read write admin' })
    }
  })
  // A site behind a proxy that asks for a password of its own, with clients and without.
  for (const options of [{}, withClients]) {
    await withApp(options, async ({ url }) => {
      const { accessToken } = signed(await login(url, {}, basic('staging', 'x')))
      expect(claimsOf(accessToken)).toMatchObject({ client_id: 'first-party' })
      expect((await login(url, { client_id: 'unknown' })).status).toBe(401)
    })
  }
})

test('keeps the tokens of a registered client in the body, where its dialect looks for them (RT-5)', async () => {
  const sessions = { ...withClients.sessions, transports: ['body', 'header', 'cookie'] as const }
  await withApp({ sessions }, async ({ url }) => {
    for (const transport of ['header', 'cookie']) {
      const headers = {
        'Latchkey-Transport': transport,
        'Sec-Fetch-Site': 'same-origin',
        Origin: 'https://app.example',
      }
      expect([transport, (await login(url, { client_id: 'phone' }, headers)).status]).toEqual([transport, 400])
    }
    expect((await login(url, { client_id: 'phone' })).headers.has('Set-Cookie')).toBe(false)
  })
})

const byLink = (client?: string): AppOptions => ({
  ...withClients,
  mount: (app, sessions) => {
    const user = { id: 'eve', scope: 'read admin', acr: 'urn:mfa', amr: ['otp'] }
    app.post('/enter', (req, res) => sessions.signIn(req, res, client === undefined ? user : { ...user, client }))
    app.use(sessions.router)
  },
})

test('an own route of the application signs in for a client that it has authenticated itself (RT-5, RT-11)', async () => {
  await withApp(byLink('shop'), async ({ url }) => {
    const { accessToken, refreshToken } = signed(await ask(url, 'POST /enter'))
    expect(claimsOf(accessToken)).toMatchObject({ client_id: 'shop', scope: 'read', acr: 'urn:mfa', amr: ['otp'] })
    expect(granted(await grant(url, refreshToken, {}, basic('shop'))).scope).toBe('read')
    expect(errorOf(await grant(url, refreshToken))).toBe('invalid_grant')
  })
  await withApp(byLink('once'), async ({ url }) => {
    expect(signed(await ask(url, 'POST /enter'))).not.toHaveProperty('refreshToken')
  })
  await withApp(byLink('nobody'), async ({ url }) => {
    expect((await ask(url, 'POST /enter')).status).toBe(401)
  })
  await withApp(byLink(), async ({ url }) => {
    expect(claimsOf(signed(await ask(url, 'POST /enter')).accessToken)).toMatchObject({ client_id: 'first-party' })
  })
})
