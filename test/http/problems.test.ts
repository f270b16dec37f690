// Who asks for application/problem+json gets the same status and headers as everybody, and a reason: each reason is
// produced here, in this process with a clock that can be set. Only the holder of an authentic token hears a telling
// one; and without the Accept header the plain body never grows a member (I8).

import { afterEach, beforeEach, expect, test } from 'vitest'
import { LatchkeyError, type Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { KeyedClient } from '../helpers/keyed-client.ts'
import { ask, renew, signed, signIn, type Answer, type Asked } from '../helpers/requests.ts'
import { credentials, day, startApp, withApp, type RunningApp } from './in-process.ts'

let app: RunningApp
beforeEach(async () => {
  app = await startApp()
})
afterEach(() => app.close())

const accept = 'application/problem+json'

// Asks twice: as a plain client and as one that takes problems.
async function expectBoth(url: string, route: string, asked: Asked, status: number, reason: string): Promise<Answer> {
  const plain = await ask(url, route, asked)
  const problem = await ask(url, route, { ...asked, headers: { ...asked.headers, Accept: `${accept}, */*` } })
  expect([plain.status, Object.keys(plain.body as object)]).toEqual([status, ['error']])
  expect(problem.status).toBe(status)
  expect(problem.body).toEqual({ type: `urn:latchkey:problem:${reason}`, title: expect.any(String), status, reason })
  expect(problem.headers.get('Content-Type')).toBe(`${accept}; charset=utf-8`)
  for (const name of ['WWW-Authenticate', 'Retry-After', 'Cache-Control', 'Allow', 'Latchkey-Nonce']) {
    expect([name, problem.headers.get(name)]).toEqual([name, plain.headers.get(name)])
  }
  return plain
}

const session = () => signIn(app.url, credentials)
const forged = `lkr1_${'A'.repeat(72)}`

test('missing: no refresh token, no access token (PD-1)', async () => {
  await expectBoth(app.url, 'POST /token', { body: {} }, 401, 'missing')
  await expectBoth(app.url, 'GET /me', {}, 401, 'missing')
})

test('malformed: a body, a type, a size that the route does not take (PD-5)', async () => {
  await expectBoth(app.url, 'POST /token', { body: '7' }, 400, 'malformed')
  await expectBoth(app.url, 'POST /token', { body: 'x', headers: { 'Content-Type': 'text/plain' } }, 415, 'malformed')
  await expectBoth(app.url, 'POST /token', { body: { token: 'x'.repeat(17_000) } }, 413, 'malformed')
})

test('invalid: wrong credentials, and every token that is not authentic', async () => {
  const { refreshToken } = await session()
  const altered = refreshToken.slice(0, -1) + (refreshToken.endsWith('A') ? 'B' : 'A')
  await expectBoth(app.url, 'POST /login', { body: { ...credentials, password: 'x' } }, 401, 'invalid')
  for (const token of [forged.slice(0, -1), altered, 'x']) {
    await expectBoth(app.url, 'POST /token', { body: { token } }, 403, 'invalid')
  }
  await expectBoth(app.url, 'POST /token', { headers: { 'refresh-token': refreshToken } }, 403, 'invalid')
  await expectBoth(app.url, 'GET /me', { bearer: 'x' }, 401, 'invalid')
})

test('invalid and nothing more for an altered token of a session that has ended (PD-4)', async () => {
  const { refreshToken } = await session()
  await ask(app.url, 'POST /logout', { body: { token: refreshToken } })
  const altered = refreshToken.slice(0, -1) + (refreshToken.endsWith('A') ? 'B' : 'A')
  await expectBoth(app.url, 'POST /token', { body: { token: altered } }, 403, 'invalid')
})

test('expired: a session left idle, a session at the end of its life, an access token past its time (SE-5, RT-8)', async () => {
  const { accessToken, refreshToken } = await session()
  app.advance(600_000)
  await expectBoth(app.url, 'GET /me', { bearer: accessToken }, 401, 'expired')
  app.advance(14 * day - 600_000 - 1)
  const renewed = signed(await renew(app.url, refreshToken)).refreshToken
  app.advance(14 * day)
  await expectBoth(app.url, 'POST /token', { body: { token: renewed } }, 403, 'expired')
})

test('expired: no renewal carries a session past its absolute life, and no access token outlives it (RT-7, OP-5)', async () => {
  let tokens = await session()
  for (let days = 0; days < 29; days += 1) {
    app.advance(day)
    tokens = signed(await renew(app.url, tokens.refreshToken))
  }
  app.advance(day - 60_000)
  const last = signed(await renew(app.url, tokens.refreshToken))
  expect(last.expiresIn).toBeLessThanOrEqual(60)
  app.advance(60_000)
  await expectBoth(app.url, 'POST /token', { body: { token: last.refreshToken } }, 403, 'expired')
  await expectBoth(app.url, 'GET /me', { bearer: last.accessToken }, 401, 'expired')
})

test('ended: signed out, evicted, refused by the application’s hook (RT-14)', async () => {
  const { accessToken, refreshToken } = await session()
  await ask(app.url, 'POST /logout', { body: { token: refreshToken } })
  await expectBoth(app.url, 'POST /token', { body: { token: refreshToken } }, 403, 'ended')
  await expectBoth(app.url, 'GET /me', { bearer: accessToken }, 401, 'ended')
  await withApp({ latchkey: { maxSessions: 1, renew: () => ({ refuse: true }) } }, async ({ url }) => {
    const [evicted, kept] = [await signIn(url, credentials), await signIn(url, credentials)]
    for (const { refreshToken: token } of [evicted, kept]) {
      await expectBoth(url, 'POST /token', { body: { token } }, 403, 'ended')
    }
  })
})

test('reuse is said once, to whoever brings the old token; from then on the session has ended (RT-2)', async () => {
  const { refreshToken } = await session()
  await renew(app.url, refreshToken)
  app.advance(11_000)
  const asked = { body: { token: refreshToken }, headers: { Accept: accept } }
  expect((await ask(app.url, 'POST /token', asked)).body).toMatchObject({ status: 403, reason: 'reuse' })
  await expectBoth(app.url, 'POST /token', { body: { token: refreshToken } }, 403, 'ended')
})

test('unproved: a keyed session without its proof, or with a wrong one', async () => {
  const client = await KeyedClient.signIn(app.url, credentials)
  const body = { token: client.refreshToken }
  for (const proof of ['v1', 'x', 'v1..', client.proof('another token'), `${client.proof()}=`]) {
    await expectBoth(app.url, 'POST /token', { body, headers: { 'Latchkey-Proof': proof } }, 403, 'unproved')
  }
  await expectBoth(app.url, 'POST /token', { body }, 403, 'unproved')
})

test('nonce: 401 with a new one, which works', async () => {
  const client = await KeyedClient.signIn(app.url, credentials)
  app.advance(21 * 60_000)
  const headers = { 'Latchkey-Proof': client.proof() }
  const refused = await expectBoth(
    app.url,
    'POST /token',
    { body: { token: client.refreshToken }, headers },
    401,
    'nonce',
  )
  client.nonce = refused.headers.get('Latchkey-Nonce') ?? ''
  expect((await client.send(app.url)).status).toBe(200)
})

test('locked: too many tries with Retry-After, and too many sessions', async () => {
  const throttled = () => {
    throw new LatchkeyError('throttled', { retryAfterSeconds: 30 })
  }
  await withApp({ sessions: { authenticate: throttled } }, async ({ url }) => {
    const plain = await expectBoth(url, 'POST /login', { body: credentials }, 429, 'locked')
    expect([plain.text, plain.headers.get('Retry-After')]).toEqual(['{"error":"Too Many Requests"}', '30'])
  })
  await withApp({ latchkey: { maxSessions: 1, whenFull: 'refuse' } }, async ({ url }) => {
    await signIn(url, credentials)
    await expectBoth(url, 'POST /login', { body: credentials }, 403, 'locked')
  })
})

// A store whose swap and look-up fail while `isDown` says so.
function failing(isDown: () => boolean): Store {
  const store = memoryStore()
  return new Proxy(store, {
    get: (target, name: keyof Store) => {
      if (isDown() && ['advance', 'find'].includes(name)) return () => Promise.reject(new Error('down'))
      return (target[name] as (...given: unknown[]) => unknown).bind(target)
    },
  })
}

test('unavailable: a store that fails, a hook that fails, both 503 with Retry-After, and nothing has moved (I3, OP-3)', async () => {
  let down = false
  const store = failing(() => down)
  await withApp({ latchkey: { store } }, async ({ url }) => {
    const { refreshToken } = await signIn(url, credentials)
    down = true
    const plain = await expectBoth(url, 'POST /token', { body: { token: refreshToken } }, 503, 'unavailable')
    expect(plain.headers.get('Retry-After')).toBe('1')
    down = false
    expect((await renew(url, refreshToken)).status).toBe(200)
  })
  const renewHook = () => Promise.reject(new Error('the hook fails'))
  await withApp({ latchkey: { renew: renewHook } }, async ({ url }) => {
    const { refreshToken } = await signIn(url, credentials)
    await expectBoth(url, 'POST /token', { body: { token: refreshToken } }, 503, 'unavailable')
  })
})

test('knows its media type in whatever case, as RFC 9110 says of media types', async () => {
  const answer = await ask(app.url, 'GET /me', { headers: { Accept: 'Application/Problem+JSON' } })
  expect(answer.body).toMatchObject({ status: 401, reason: 'missing' })
})
