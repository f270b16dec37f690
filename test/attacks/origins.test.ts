// Attack case 23: requests that a stranger's page makes a browser send. A session lives in cookies, which the browser adds by
// itself; what it says of the page is all that tells such a request from the owner's.

import { describe, expect, test } from 'vitest'
import { ask, type Answer } from '../helpers/requests.ts'
import { CookieSession, fromOurPage } from './cookie-session.ts'
import { publicUrl, useTarget } from './target.ts'

const target = useTarget()
const header = { 'Latchkey-Transport': 'cookie' }

/** What a browser may say of a page that is not ours. */
const strangers: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['a form of another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
  ['the same, with our header', { ...header, 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
  ['an origin that ends like ours', { ...header, Origin: 'https://app.example.evil' }],
  ['an origin that begins like ours', { ...header, Origin: 'https://evil-app.example' }],
  ['a subdomain', { ...header, 'Sec-Fetch-Site': 'same-site', Origin: 'https://sub.app.example' }],
  ['plain http', { ...header, Origin: 'http://app.example' }],
  ['another port', { ...header, Origin: 'https://app.example:8443' }],
  ['null', { ...header, Origin: 'null' }],
  ['null, from a sandbox', { ...header, Origin: 'null', 'Sec-Fetch-Site': 'cross-site' }],
  ['no Origin at all', { ...header }],
  ['a Referer alone', { ...header, Referer: `${publicUrl}/` }],
  ['an address typed in', { ...header, 'Sec-Fetch-Site': 'none' }],
  ['our origin twice', { ...header, Origin: `${publicUrl}, https://evil.example` }],
  ['our page without the header', { 'Sec-Fetch-Site': 'same-origin', Origin: publicUrl }],
  [
    'our page with another header',
    { 'Latchkey-Transport': 'Cookie', 'Sec-Fetch-Site': 'same-origin', Origin: publicUrl },
  ],
  ['a method override', { 'X-HTTP-Method-Override': 'POST', 'Sec-Fetch-Site': 'cross-site' }],
]

const isRefused = ({ status, headers, text }: Answer): boolean =>
  status >= 400 && status < 500 && headers.getSetCookie().length === 0 && !text.includes('accessToken')

describe('attack 23: requests that a stranger’s page sends', () => {
  test.each(strangers)('%s renews nothing and signs nobody out: 403 (SE-13, BB-5)', async (_what, headers) => {
    const owner = await CookieSession.signIn(target())
    await target().unmoved(async () => {
      for (const route of ['POST /token', 'POST /refresh', 'POST /logout']) {
        const answer = await owner.send(route, headers)
        expect([route, answer.status, answer.headers.getSetCookie()]).toEqual([route, 403, []])
      }
    })
    expect((await owner.renew()).status).toBe(200)
  })

  test.each(strangers.filter(([, headers]) => headers['Latchkey-Transport'] === 'cookie'))(
    '%s signs nobody in: 403, no session, no cookie (SE-11)',
    async (_what, headers) => {
      await target().unmoved(async () => {
        const answer = await ask(target().url, 'POST /login', { body: target().user, headers })
        expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []])
      })
    },
  )

  test('a form or a text that is JSON is no sign-in: 415, no cookie (SE-11)', async () => {
    const body = JSON.stringify(target().user)
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain; x=application/json',
    ]) {
      const answer = await ask(target().url, 'POST /login', {
        body,
        headers: { 'Content-Type': type, Origin: 'https://evil.example' },
      })
      expect([type, answer.status, answer.headers.getSetCookie()]).toEqual([type, 415, []])
    }
  })

  test('a form in cookie mode does not speak OAuth with our cookies: nothing is renewed (TE-9)', async () => {
    const owner = await CookieSession.signIn(target())
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Site': 'cross-site',
      Origin: 'https://evil.example',
    }
    await target().unmoved(async () => {
      for (const body of [
        '',
        'grant_type=refresh_token',
        `grant_type=refresh_token&refresh_token=${owner.refreshToken}`,
      ]) {
        expect(isRefused(await owner.send('POST /token', headers, body))).toBe(true)
      }
    })
  })

  test('an image, a link and every other safe method change nothing (SE-13)', async () => {
    const owner = await CookieSession.signIn(target())
    await target().unmoved(async () => {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        for (const path of ['/token', '/refresh', '/logout', '/login', '/logout/all']) {
          const { headers } = await owner.send(`${method} ${path}`, { 'Sec-Fetch-Site': 'cross-site' })
          expect(headers.getSetCookie()).toEqual([])
        }
      }
    })
  })

  test('the cookies open no protected route: that takes an access token, which only our script has (BB-5)', async () => {
    const owner = await CookieSession.signIn(target())
    await target().unmoved(async () => {
      for (const route of ['GET /me', 'GET /sessions', 'DELETE /sessions', 'POST /logout/all', 'DELETE /sessions/x']) {
        expect([route, (await owner.send(route, fromOurPage)).status]).toEqual([route, 401])
      }
    })
  })
})
