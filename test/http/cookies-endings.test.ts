// How cookie sessions end: by sign-out, by another sign-in in the same browser, from the list of devices. The mistakes it
// prevents: a cookie that outlives its session because one attribute differs, a session that outlives its cookie, a
// cookie that a late refusal or an outage takes away from a newer session (I3).

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { memoryStore } from 'latchkey/memory'
import { never, withVerbs } from '../helpers/engine.ts'
import { credentials, day, startApp, withApp, type RunningApp } from './in-process.ts'
import { cookieMode, fromOwnPage, names, PageClient, send, type PageAnswer } from './page-client.ts'

const sessions = { transports: ['cookie', 'body'] as const }

let app: RunningApp
beforeAll(async () => {
  app = await startApp({ sessions })
})
afterAll(() => app.close())

const signedIn = async (more = {}): Promise<PageClient & { accessToken: string }> => {
  const client = new PageClient(app.url)
  const { body } = await client.signIn(credentials, more)
  return Object.assign(client, body as { accessToken: string })
}

const me = async (accessToken: string): Promise<number> =>
  (await send(app.url, 'GET /me', { Authorization: `Bearer ${accessToken}` })).status

const epoch = 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'
const removals = [
  `${names.refresh}=; Max-Age=0; ${epoch}; Path=/; SameSite=Strict; Secure; HttpOnly`,
  `${names.sessionId}=; Max-Age=0; ${epoch}; Path=/; SameSite=Strict; Secure`,
]

describe('sign-out in cookie mode', () => {
  test('ends the session, takes every cookie away with its attributes, and clears the site’s data (CK-7, SE-6, SE-14, attack 36)', async () => {
    const client = await signedIn()
    const token = client.refreshToken
    const answer = await client.ask('POST /logout')
    expect([answer.status, answer.text, answer.set]).toEqual([204, '', removals])
    expect(answer.headers).toMatchObject({ 'clear-site-data': '"cache", "storage"', 'cache-control': 'no-store' })
    expect(client.jar.size).toBe(0)
    expect(await me(client.accessToken)).toBe(401)
    client.jar.set(names.refresh, token)
    expect((await client.ask('POST /token')).status).toBe(403)
  })

  test('takes the cookies away also where the session is over, forged or gone, and where only the header came (attack 36)', async () => {
    const client = await signedIn()
    const cookies: readonly (readonly (readonly [string, string])[])[] = [
      [],
      [[names.refresh, 'x']],
      [[names.refresh, '']],
    ]
    await client.ask('POST /logout')
    for (const each of cookies) {
      for (const [name, value] of each) client.jar.set(name, value)
      const { status, set } = await client.ask('POST /logout')
      expect([status, set]).toEqual([204, removals])
    }
  })

  test('ends the session of each where one name came twice: what is ambiguous must not stay alive (CK-9)', async () => {
    const [one, other] = [await signedIn(), await signedIn()]
    const Cookie = `${names.refresh}=${one.refreshToken}; ${names.refresh}=${other.refreshToken}`
    const answer = await send(app.url, 'POST /logout', { ...fromOwnPage, ...cookieMode, Cookie })
    expect([answer.status, answer.set]).toEqual([204, removals])
    expect([await me(one.accessToken), await me(other.accessToken)]).toEqual([401, 401])
  })

  test('touches no cookie at the sign-out of a session whose token is in a body', async () => {
    const { body } = await send(app.url, 'POST /login', {}, credentials)
    const answer = await send(app.url, 'POST /logout', {}, body)
    expect([answer.status, answer.set, answer.headers['clear-site-data']]).toEqual([204, [], undefined])
  })

  test('a browser that is told to keep its data hears nothing of Clear-Site-Data', async () => {
    const options = { sessions: { ...sessions, cookies: { clearSiteData: [] } } }
    await withApp(options, async (other) => {
      const client = new PageClient(other.url)
      await client.signIn(credentials)
      const answer = await client.ask('POST /logout')
      expect([answer.set, answer.headers['clear-site-data']]).toEqual([removals, undefined])
    })
  })
})

describe('a browser in which somebody was signed in', () => {
  test('a sign-in ends the session whose cookie came along, and the new one has another id (SE-4, attack 22)', async () => {
    const client = await signedIn()
    const before = { token: client.refreshToken, id: client.jar.get(names.sessionId) }
    const { set } = await client.signIn({ ...credentials, username: 'grace' })
    expect(set).toHaveLength(2)
    expect(client.refreshToken).not.toBe(before.token)
    expect(client.jar.get(names.sessionId)).not.toBe(before.id)
    expect(await me(client.accessToken)).toBe(401)
    client.jar.set(names.refresh, before.token)
    expect((await client.ask('POST /token')).status).toBe(403)
  })

  test('the same user’s sign-in is no exception, and one with wrong credentials ends nothing (SE-4)', async () => {
    const client = await signedIn()
    const refused = await client.ask('POST /login', { body: { ...credentials, password: 'wrong' } })
    expect([refused.status, refused.set, await me(client.accessToken)]).toEqual([401, [], 200])
    await client.signIn(credentials)
    expect(await me(client.accessToken)).toBe(401)
  })

  test('a session that was planted in the cookie is worth nothing once its victim has signed in (attack 22)', async () => {
    const attacker = await signedIn()
    const victim = new PageClient(app.url)
    victim.jar.set(names.refresh, attacker.refreshToken)
    await victim.signIn({ ...credentials, username: 'grace' })
    expect((await attacker.ask('POST /token')).status).toBe(403)
    expect((await victim.ask('POST /token')).status).toBe(200)
  })

  test('a sign-in by another transport, from a page of ours, ends it too and takes its cookies away (SE-4)', async () => {
    const client = await signedIn()
    const answer = await client.ask('POST /login', { body: credentials, headers: fromOwnPage })
    expect([answer.status, answer.set]).toEqual([200, removals])
    expect(await me(client.accessToken)).toBe(401)
  })

  test('but from another site’s page it does not: that would be a sign-out (attack 23)', async () => {
    const client = await signedIn()
    const headers = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }
    expect((await client.ask('POST /login', { body: credentials, headers })).set).toEqual([])
    expect(await me(client.accessToken)).toBe(200)
  })

  test('signing out everywhere, or this device from the list, takes the cookies of this browser away (CK-7)', async () => {
    for (const route of ['POST /logout/all', 'DELETE /sessions/:id']) {
      const client = await signedIn()
      const id = client.jar.get(names.sessionId) ?? ''
      const answer = await client.ask(route.replace(':id', id), {
        more: { Authorization: `Bearer ${client.accessToken}` },
      })
      expect([answer.status, answer.set]).toEqual([204, removals])
      expect(answer.headers['clear-site-data']).toBe('"cache", "storage"')
    }
  })

  test('another user’s session in the list’s address takes nothing away: it is not ended either (attack 37)', async () => {
    const [client, other] = [await signedIn(), new PageClient(app.url)]
    await other.signIn({ ...credentials, username: 'grace' })
    const id = other.jar.get(names.sessionId) ?? ''
    client.jar.set(names.sessionId, id)
    const answer = await client.ask(`DELETE /sessions/${id}`, {
      more: { Authorization: `Bearer ${client.accessToken}` },
    })
    expect([answer.status, answer.set, (await other.ask('POST /token')).status]).toEqual([204, [], 200])
  })

  test('ending another device from the list leaves them where they are', async () => {
    const [client, other] = [await signedIn(), await signedIn()]
    const route = `DELETE /sessions/${other.jar.get(names.sessionId)}`
    const answer = await client.ask(route, { more: { Authorization: `Bearer ${client.accessToken}` } })
    expect([answer.status, answer.set, await me(other.accessToken)]).toEqual([204, [], 401])
    expect((await client.ask('POST /token')).status).toBe(200)
  })
})

describe('a refusal or an outage', () => {
  test('POST /token takes no cookie away, whatever it refuses: a late answer would wipe a newer session (I3)', async () => {
    const client = await signedIn()
    await app.latchkey.revokeAll('id-of-ada')
    const refused: PageAnswer = await client.ask('POST /token')
    expect([refused.status, refused.set, refused.headers['clear-site-data']]).toEqual([403, [], undefined])
  })

  test('an outage is 503 and leaves the cookies, at renewal, sign-out and sign-in (I3, OP-3)', async () => {
    const down = { is: false }
    const store = memoryStore()
    const away = withVerbs(store, {
      advance: (...given) => (down.is ? Promise.reject(new Error('away')) : store.advance(...given)),
      revoke: (...given) => (down.is ? Promise.reject(new Error('away')) : store.revoke(...given)),
      find: (...given) => (down.is ? never() : store.find(...given)),
    })
    await withApp({ latchkey: { store: away }, sessions }, async (other) => {
      const client = new PageClient(other.url)
      await client.signIn(credentials)
      down.is = true
      const answers = [
        await client.ask('POST /token'),
        await client.ask('POST /logout'),
        await client.ask('POST /login', { body: credentials }),
      ]
      for (const { status, set, headers } of answers) {
        expect([status, set, headers['clear-site-data']]).toEqual([503, [], undefined])
        expect(headers['retry-after']).toBeDefined()
      }
      down.is = false
      expect((await client.ask('POST /token')).status).toBe(200)
    })
  })

  test('a cookie that a browser has kept beyond the session’s life is refused: its age is never relied upon (NI-9, SE-5)', async () => {
    await withApp({ sessions }, async (other) => {
      const client = new PageClient(other.url)
      await client.signIn(credentials)
      other.advance(14 * day)
      const { status, set } = await client.ask('POST /token')
      expect([status, set]).toEqual([403, []])
    })
  })
})
