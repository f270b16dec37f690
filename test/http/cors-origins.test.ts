// Which pages of other origins may read what our routes answer: those that are named, and nobody else. The mistakes it
// prevents: an origin that is repeated because it asked, a `*`, a cache that gives one origin's answer to another, a
// preflight that swallows the application's own.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Express } from 'express'
import { routeTable, type Sessions } from 'latchkey/express'
import { credentials, startApp, withApp, type RunningApp } from './in-process.ts'
import { cookieMode, ownOrigin, send, type Headers, type PageAnswer } from './page-client.ts'

const friend = 'https://shop.example'
const sessions = { transports: ['cookie', 'body', 'header'] as const, origins: [friend] }

let app: RunningApp
beforeAll(async () => {
  app = await startApp({ sessions })
})
afterAll(() => app.close())

const corsHeaders = ({ headers }: PageAnswer): string[] =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'))

const preflight = (path: string, origin: string, more: Headers = {}): Promise<PageAnswer> => {
  const asks = { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'latchkey-transport' }
  return send(app.url, `OPTIONS ${path}`, { Origin: origin, ...asks, ...more })
}

const strangers = [
  'https://evil.example',
  'null',
  `${friend}.evil.example`,
  'https://x.shop.example',
  'http://shop.example',
  'https://SHOP.example',
  '*',
  '',
]

describe('CORS', () => {
  test('lets a page of a named origin sign in, renew and read the answers (TE-9, BB-5)', async () => {
    const headers = { Origin: friend, 'Sec-Fetch-Site': 'same-site', ...cookieMode }
    const answer = await send(app.url, 'POST /login', headers, credentials)
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': friend,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    })
  })

  test('lets it read the headers that a client needs, with refusals too (DP-7)', async () => {
    const exposed = 'Latchkey-Nonce, DPoP-Nonce, WWW-Authenticate, Retry-After, Refresh-Token'
    for (const route of ['POST /token', 'POST /login', 'GET /sessions']) {
      const answer = await send(app.url, route, { Origin: friend })
      expect([route, answer.headers['access-control-expose-headers']]).toEqual([route, exposed])
    }
  })

  test.each(strangers)(
    'says nothing to %j, and varies by Origin all the same (TE-9, attack 29, attack 30)',
    async (origin) => {
      for (const answer of [
        await preflight('/token', origin),
        await send(app.url, 'POST /token', { Origin: origin }),
      ]) {
        expect([corsHeaders(answer), answer.headers.vary]).toEqual([[], 'Origin'])
        expect(answer.headers['access-control-allow-origin']).toBeUndefined()
      }
    },
  )

  test('answers a preflight on each of its paths, with the methods of that path (attack 29)', async () => {
    for (const path of new Set(routeTable.map((route) => route.split(' ')[1] ?? ''))) {
      const answer = await preflight(path.replace(':id', 'x'), friend)
      expect([path, answer.status, answer.text]).toEqual([path, 204, ''])
      const methods = routeTable.filter((route) => route.endsWith(` ${path}`)).map((route) => route.split(' ')[0])
      expect(answer.headers['access-control-allow-methods']).toBe(methods.join(', '))
      expect(answer.headers['access-control-allow-headers']).toContain('Latchkey-Transport')
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': friend, vary: 'Origin' })
    }
  })

  test('a preflight touches nothing, even with cookies and a body', async () => {
    const answer = await preflight('/logout', friend, { Cookie: '__Host-Http-latchkey=x', ...cookieMode })
    expect([answer.status, answer.set]).toEqual([204, []])
  })

  test('leaves to the application what is not its own: other paths, and OPTIONS that ask nothing', async () => {
    const mount = (own: Express, { router }: Sessions): void => {
      own.use(router)
      own.options(['/token', '/elsewhere'], (_req, res) => void res.status(299).end())
    }
    await withApp({ sessions, mount }, async ({ url }) => {
      const asks = { Origin: friend, 'Access-Control-Request-Method': 'POST' }
      expect((await send(url, 'OPTIONS /elsewhere', asks)).status).toBe(299)
      expect((await send(url, 'OPTIONS /token', { Origin: friend })).status).toBe(299)
      expect((await send(url, 'OPTIONS /token', { ...asks, Origin: 'https://evil.example' })).status).toBe(299)
      expect((await send(url, 'OPTIONS /token', asks)).status).toBe(204)
    })
  })

  test('there is none where no other origin is named', async () => {
    await withApp({ sessions: { transports: ['cookie'] } }, async ({ url }) => {
      for (const origin of [friend, ownOrigin]) {
        const answer = await send(url, 'POST /token', { Origin: origin })
        expect([corsHeaders(answer), answer.headers.vary]).toEqual([[], undefined])
      }
    })
  })
})

describe('an answer of ours', () => {
  test.each(['POST /login', 'POST /token', 'POST /logout', 'GET /sessions'])(
    'to %s cannot be framed or embedded by another page (SE-13, attack 31)',
    async (route) => {
      const { headers } = await send(app.url, route, {})
      expect(headers).toMatchObject({
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      })
    },
  )

  test('keeps what the application has said of embedding before', async () => {
    const mount = (own: Express, { router }: Sessions): void => {
      own.use((_req, res, next) => {
        res.set('Content-Security-Policy', "frame-ancestors 'self'")
        next()
      })
      own.use(router)
    }
    await withApp({ mount }, async ({ url }) => {
      const { headers } = await send(url, 'POST /token', {})
      expect(headers['content-security-policy']).toBe("frame-ancestors 'self'")
    })
  })
})
