// Forms on pages made on the server: what rests on cookies and may change something must come from a page of ours. The
// mistakes it prevents: a form of another site that is taken for ours, a form of ours that is lost because somebody
// typed for longer than an access token lives.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { credentials } from './in-process.ts'
import { startPageApp, type PageApp } from './page-app.ts'
import { cookieMode, fromOwnPage, names, navigation, ownOrigin, PageClient, send } from './page-client.ts'

let app: PageApp
beforeEach(async () => {
  app = await startPageApp()
})
afterEach(() => app.close())

describe('a form on a page', () => {
  const strangers = [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'same-site', Origin: 'https://blog.app.example' },
    { ...navigation('cross-site'), Origin: 'https://evil.example' },
    { Referer: `${ownOrigin}/` },
    {},
  ]

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    'by %s is refused with 403 where another site has sent it, before any renewal (BB-5, attack 23)',
    async (method) => {
      const client = await app.signedIn()
      for (const drops of [false, true]) {
        if (drops) app.expire(client, { drops })
        for (const headers of strangers) {
          const answer = await client.visit(`${method} /page`, headers)
          expect([answer.status, answer.text, answer.set]).toEqual([403, '{"error":"Forbidden"}', []])
        }
      }
      expect(app.heard).toEqual([])
    },
  )

  test('of our own is taken, and renewed on the way, so that what was typed for long is not lost', async () => {
    const client = await app.signedIn()
    const form = { ...navigation('same-origin'), Origin: ownOrigin }
    expect((await client.visit('POST /page', form)).status).toBe(200)
    app.expire(client, { drops: true })
    const answer = await client.visit('POST /page', form)
    expect([answer.status, answer.set.length, app.heard]).toEqual([200, 3, ['renewed']])
  })

  test('needs no such check with an Authorization header, which no other site can send', async () => {
    const client = new PageClient(app.url)
    const { body } = await client.signIn(credentials)
    const { accessToken } = body as { accessToken: string }
    const headers = { Authorization: `Bearer ${accessToken}`, Origin: 'https://evil.example' }
    expect((await client.visit('POST /page', headers)).status).toBe(200)
  })

  test('the cookie of the access token is worth nothing at the token routes', async () => {
    const client = await app.signedIn()
    client.jar.delete(names.refresh)
    expect((await client.ask('POST /token')).status).toBe(401)
    expect((await send(app.url, 'GET /sessions', { ...fromOwnPage, ...cookieMode, ...client.cookies })).status).toBe(
      401,
    )
  })
})
