// What another site's page can make a browser send, and what comes of it: nothing. Every route that works with cookies,
// sign-in too, wants the browser's word for the page that asks, and a header that no form can send. The mistakes it
// prevents: a route without the check, a check that a prefix of the right origin passes, a refusal after something moved.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generationOf } from '../helpers/requests.ts'
import { credentials, startApp, type RunningApp } from './in-process.ts'
import { cookieMode, fromOwnPage, ownOrigin, PageClient, send, type Headers } from './page-client.ts'

const friend = 'https://shop.example'

let app: RunningApp
beforeAll(async () => {
  app = await startApp({ sessions: { transports: ['cookie', 'body', 'header'], origins: [friend] } })
})
afterAll(() => app.close())

const signedIn = async (): Promise<PageClient> => {
  const client = new PageClient(app.url)
  await client.signIn(credentials)
  return client
}

/** What the request says of the page that sent it; all of these with the header, which a page could send by fetch. */
const strangers: readonly (readonly [string, Headers])[] = [
  ['nothing at all', {}],
  ['Referer alone', { Referer: `${ownOrigin}/` }],
  ['Sec-Fetch-Site: cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
  ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
  ['a subdomain of ours', { 'Sec-Fetch-Site': 'same-site', Origin: 'https://blog.app.example' }],
  ['same-site alone', { 'Sec-Fetch-Site': 'same-site' }],
  ['none, as if typed', { 'Sec-Fetch-Site': 'none' }],
  ['a nonsense of Fetch Metadata', { 'Sec-Fetch-Site': 'same-origin, same-origin' }],
  ['the nonsense of a proxy', { 'Sec-Fetch-Site': 'SAME-ORIGIN' }],
  ['Origin null', { Origin: 'null' }],
  ['Origin null from the same origin', { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' }],
  ['same-origin beside another origin', { 'Sec-Fetch-Site': 'same-origin', Origin: 'https://evil.example' }],
  ['an origin that only begins as ours', { Origin: `${ownOrigin}.evil.example` }],
  ['an origin that only ends as ours', { Origin: 'https://evil-app.example' }],
  ['our origin with a user name', { Origin: 'https://app.example@evil.example' }],
  ['our origin by another scheme', { Origin: 'http://app.example' }],
  ['our origin at another port', { Origin: `${ownOrigin}:444` }],
  ['our origin with a path', { Origin: `${ownOrigin}/` }],
  ['our origin twice', { Origin: [ownOrigin, ownOrigin] }],
  ['our origin and another', { Origin: `${ownOrigin}, https://evil.example` }],
  ['our origin in capitals', { Origin: 'HTTPS://APP.EXAMPLE' }],
  ['an empty origin', { Origin: '' }],
  [
    'Host and X-Forwarded-Host of the stranger',
    { Origin: 'https://evil.example', Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' },
  ],
]

const routes = [
  ['POST /login', credentials],
  ['POST /token', undefined],
  ['POST /refresh', {}],
  ['POST /logout', undefined],
] as const

describe.each(routes)('%s in cookie mode', (route, body) => {
  test.each(strangers)('refuses %s with 403 and nothing has moved (BB-5, SE-13, attack 23)', async (_, said) => {
    const client = await signedIn()
    const answer = await send(app.url, route, { ...said, ...cookieMode, ...client.cookies }, body)
    expect([answer.status, answer.text, answer.set]).toEqual([403, '{"error":"Forbidden"}', []])
    await client.ask('POST /token')
    expect(generationOf(client.refreshToken)).toBe(2)
  })

  test('refuses our own page without the header that no form can send (BB-5, NI-8)', async () => {
    const client = await signedIn()
    const answer = await send(app.url, route, { ...fromOwnPage, ...client.cookies }, body)
    // A sign-in without it asks for another transport: no cookie comes of it.
    expect([answer.status, answer.set.filter((line) => !line.includes('Max-Age=0'))]).toEqual([
      route === 'POST /login' ? 200 : 403,
      [],
    ])
  })

  test.each([
    ['Fetch Metadata alone', { 'Sec-Fetch-Site': 'same-origin' }],
    ['Origin alone, as older browsers send it', { Origin: ownOrigin }],
    ['an origin that is allowed', { 'Sec-Fetch-Site': 'cross-site', Origin: friend }],
  ])('takes %s', async (_, said) => {
    const client = await signedIn()
    const answer = await send(app.url, route, { ...said, ...cookieMode, ...client.cookies }, body)
    expect(answer.status).toBe(route === 'POST /logout' ? 204 : 200)
  })

  test('tells who asks for a problem that it was the origin, and nothing else (PD-4)', async () => {
    const client = await signedIn()
    const headers = {
      ...cookieMode,
      ...client.cookies,
      Accept: 'application/problem+json',
      Origin: 'https://evil.example',
    }
    const { status, body: problem, text } = await send(app.url, route, headers, body)
    expect([status, problem]).toMatchObject([403, { status: 403, reason: 'origin' }])
    expect(text).not.toContain('evil')
  })
})

describe('a form of another site', () => {
  const form = 'application/x-www-form-urlencoded'
  const forms: readonly (readonly [string, Headers, string])[] = [
    ['POST /login', { 'Content-Type': form }, 'username=ada&password=the+right+one'],
    ['POST /login', { 'Content-Type': 'text/plain' }, '{"username":"ada","password":"the right one","x":"="}'],
    ['POST /login', { 'Content-Type': 'multipart/form-data; boundary=x' }, '--x--'],
    ['POST /token', { 'Content-Type': form }, 'a=b'],
    ['POST /token', { 'Content-Type': 'text/plain' }, '{}'],
    ['POST /token', {}, ''],
    ['POST /logout', { 'Content-Type': form }, 'a=b'],
    ['POST /logout', { 'Content-Type': 'text/plain' }, '{}'],
    ['POST /logout', {}, ''],
  ]

  test.each(forms)('moves nothing by %s with %j (SE-11, attack 23)', async (route, type, body) => {
    const client = await signedIn()
    const page = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', Origin: 'https://evil.example' }
    const answer = await send(app.url, route, { ...page, ...type, ...client.cookies }, body)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
    expect(answer.set).toEqual([])
    await client.ask('POST /token')
    expect(generationOf(client.refreshToken)).toBe(2)
  })

  test('takes no cookie away where the browser has kept the cookies to itself, as SameSite makes it (attack 23)', async () => {
    const page = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', Origin: 'https://evil.example' }
    for (const [route, type, body] of forms) {
      expect((await send(app.url, route, { ...page, ...type }, body)).set).toEqual([])
    }
  })

  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH'])('has no way in by %s (SE-13, attack 28)', async (method) => {
    const client = await signedIn()
    for (const path of ['/token', '/logout', '/login']) {
      const headers = { ...fromOwnPage, ...cookieMode, ...client.cookies, 'X-HTTP-Method-Override': 'POST' }
      expect((await send(app.url, `${method} ${path}?_method=POST`, headers)).status).toBe(404)
    }
    await client.ask('POST /token')
    expect(generationOf(client.refreshToken)).toBe(2)
  })
})

describe('the order of checks in cookie mode', () => {
  test('415, 413 and 400 come before 403 for the origin', async () => {
    const client = await signedIn()
    const stranger = { ...cookieMode, ...client.cookies, Origin: 'https://evil.example' }
    const json = { ...stranger, 'Content-Type': 'application/json' }
    const wrong: readonly (readonly [number, Headers, string])[] = [
      [415, { ...stranger, 'Content-Type': 'text/xml' }, 'x'],
      [413, json, 'x'.repeat(17_000)],
      [400, json, '{'],
      [400, json, '[1]'],
      [400, { ...json, 'Latchkey-Proof': ['v1', 'v1'] }, '{}'],
    ]
    for (const route of ['POST /login', 'POST /token']) {
      for (const [status, headers, body] of wrong) {
        expect([route, (await send(app.url, route, headers, body)).status]).toEqual([route, status])
      }
    }
  })

  test('403 for the origin comes before 401, and before the password is looked at (SE-11)', async () => {
    const stranger = { ...cookieMode, Origin: 'https://evil.example' }
    expect((await send(app.url, 'POST /token', stranger)).status).toBe(403)
    expect((await send(app.url, 'POST /login', stranger, { ...credentials, password: 'wrong' })).status).toBe(403)
  })
})
