// Attack cases 29 to 33: answers that a stranger's page would like to read, to find in a cache, to frame or to redirect, and
// what anybody may say of where he comes from.

import { describe, expect, test } from 'vitest'
import { ask } from '../helpers/requests.ts'
import { CookieSession, fromOurPage } from './cookie-session.ts'
import { friend, publicUrl, useTarget } from './target.ts'

const target = useTarget()

describe('attack 29: an answer for a page that may not read it', () => {
  const origins = [
    'https://evil.example',
    'null',
    'https://spa.example.evil',
    'http://spa.example',
    'https://SPA.example',
    '*',
  ]

  test.each(origins)('%s is never repeated, and nothing is open to everybody (TE-9)', async (origin) => {
    const owner = await CookieSession.signIn(target())
    const asks = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'latchkey-transport' }
    for (const route of [
      'OPTIONS /token',
      'POST /token',
      'GET /me',
      'OPTIONS /me',
      'GET /.well-known/jwks.json',
      'GET /sessions',
    ]) {
      const { headers } = await owner.send(route, { Origin: origin, ...asks })
      expect([
        route,
        headers.get('Access-Control-Allow-Credentials'),
        headers.get('Access-Control-Allow-Origin'),
      ]).toEqual([route, null, headers.get('Access-Control-Allow-Origin')])
      expect([null, '*']).toContain(headers.get('Access-Control-Allow-Origin'))
      if (route !== 'GET /.well-known/jwks.json') expect(headers.get('Access-Control-Allow-Origin')).toBe(null)
    }
  })

  test('a friend may read, by name and with Vary, and may ask ahead for what he needs', async () => {
    const { status, headers } = await ask(target().url, 'OPTIONS /token', {
      headers: {
        Origin: friend,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'latchkey-transport',
      },
    })
    expect([status, headers.get('Access-Control-Allow-Origin'), headers.get('Vary')]).toEqual([204, friend, 'Origin'])
    expect(Number(headers.get('Access-Control-Max-Age'))).toBeLessThanOrEqual(600)
  })
})

describe('attack 30: an answer in a cache', () => {
  test('no token and no session may be kept: no-store everywhere, no ETag, never 304 (TE-4)', async () => {
    const owner = await CookieSession.signIn(target())
    const bearer = {
      Authorization: `Bearer ${owner.accessToken}`,
      'If-None-Match': '*',
      'If-Modified-Since': new Date().toUTCString(),
    }
    const answers = [
      await ask(target().url, 'POST /login', { body: target().user, headers: fromOurPage }),
      await owner.renew(),
      await owner.send('POST /token', {}),
      await owner.send('GET /me', bearer),
      await owner.send('GET /sessions', bearer),
      await owner.send('POST /logout'),
      await ask(target().url, 'POST /token', { body: { token: 'x' } }),
    ]
    for (const { status, headers } of answers) {
      expect([status, headers.get('Cache-Control'), headers.get('ETag')]).toEqual([
        status === 304 ? 200 : status,
        'no-store',
        null,
      ])
    }
  })
})

describe('attack 31: an answer in a frame', () => {
  test.each(['POST /token', 'POST /login', 'POST /logout', 'GET /me', 'GET /', 'GET /sessions', 'POST /revoke'])(
    '%s forbids frames and other sites’ pages, refused or not',
    async (route) => {
      const { headers } = await ask(target().url, route)
      expect(headers.get('Content-Security-Policy')).toContain("frame-ancestors 'none'")
      expect(headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin')
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
    },
  )
})

describe('attack 32: an open redirect', () => {
  test('there is none: no route of the server redirects, whatever return_to says', async () => {
    const owner = await CookieSession.signIn(target())
    for (const to of [
      '//evil.example',
      '/\\evil.example',
      'javascript:alert(1)',
      '%2f%2fevil.example',
      'https://evil.example',
    ]) {
      const query = `?return_to=${to}&redirect_uri=${to}&post_logout_redirect_uri=${to}&next=${to}`
      for (const route of ['POST /login', 'POST /logout', 'GET /', 'GET /login']) {
        const { status, headers } = await owner.send(route + query)
        expect([route, status >= 300 && status < 400, headers.get('Location')]).toEqual([route, false, null])
      }
    }
  })
})

describe('attack 33: headers that only a proxy may write', () => {
  const spoofed = {
    'X-Forwarded-For': '203.0.113.77',
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'https',
    Forwarded: 'for=203.0.113.77;host=evil.example;proto=https',
    'X-Real-IP': '203.0.113.77',
  }

  test('mean nothing from somebody who is none: place, cookies, issuer and metadata stay (SE-16)', async () => {
    const owner = await CookieSession.signIn(target(), spoofed)
    const { text } = await owner.send('GET /sessions', { Authorization: `Bearer ${owner.accessToken}`, ...spoofed })
    expect([text.includes('127.0.0.0'), text.includes('203.0.113')]).toEqual([true, false])
    const metadata = await ask(target().url, 'GET /.well-known/oauth-authorization-server', { headers: spoofed })
    expect([metadata.status, metadata.text.includes('evil'), metadata.text.includes(publicUrl)]).toEqual([
      200,
      false,
      true,
    ])
  })

  test('do not make an origin ours', async () => {
    const owner = await CookieSession.signIn(target())
    const headers = {
      'Latchkey-Transport': 'cookie',
      ...spoofed,
      Origin: 'https://evil.example',
      'Sec-Fetch-Site': 'cross-site',
    }
    await target().unmoved(async () => expect((await owner.send('POST /token', headers)).status).toBe(403))
  })

  test('do not get around the limits on guessing: a thousand addresses are one (TE-10)', async () => {
    const statuses = new Set<number>()
    for (let round = 0; round < 25; round += 1) {
      const headers = { 'X-Forwarded-For': `198.51.100.${round}`, 'X-Real-IP': `198.51.100.${round}` }
      const { status } = await ask(target().url, 'POST /login', {
        body: { username: 'nobody', password: 'x' },
        headers,
      })
      statuses.add(status)
    }
    expect(statuses).toEqual(new Set([401, 429]))
  })
})
