// The form body of the OAuth dialect: strict about what is ambiguous, deaf to what it does not know, and the same behind
// whatever parser an application has put before it.

import express, { type Express, type RequestHandler } from 'express'
import type { Sessions } from 'latchkey/express'
import { expect, test } from 'vitest'
import { ask } from '../helpers/requests.ts'
import { showMe, withApp, type AppOptions } from './in-process.ts'
import { errorOf, form, grant, granted, signInBy, withClients } from './oauth-world.ts'
import { only, request } from './raw-socket.ts'

const type = 'application/x-www-form-urlencoded'

const behind = (...parsers: readonly RequestHandler[]): AppOptions => ({
  ...withClients,
  mount: (app: Express, sessions: Sessions) => {
    for (const parser of parsers) app.use(parser)
    app.use(sessions.router)
    app.get('/me', sessions.requireAuth(), showMe)
  },
})

const applications: readonly (readonly [string, AppOptions])[] = [
  ['by itself', withClients],
  ['behind express.urlencoded()', behind(express.urlencoded({ extended: false }))],
  ['behind express.urlencoded({ extended: true })', behind(express.urlencoded({ extended: true }))],
  ['behind express.text()', behind(express.text({ type }))],
  ['behind express.raw()', behind(express.raw({ type }))],
]

const twice: readonly string[] = [
  'grant_type=refresh_token&refresh_token=TOKEN&refresh_token=TOKEN',
  'grant_type=refresh_token&grant_type=refresh_token&refresh_token=TOKEN',
  'grant_type=refresh_token&refresh_token=TOKEN&client_id=first-party&client_id=first-party',
  'grant_type=refresh_token&refresh_token=TOKEN&unknown=1&unknown=2',
  'grant_type=refresh_token&refresh_token=TOKEN&refresh_token=',
  'grant_type=refresh_token&refresh_token[]=TOKEN',
  'grant_type=refresh_token&refresh_token[a]=TOKEN',
  'grant_type[]=refresh_token&refresh_token=TOKEN',
  'grant_type=refresh_token',
  'refresh_token=TOKEN',
  'grant_type=&refresh_token=TOKEN',
  '&&&',
  '=',
  `grant_type=refresh_token&refresh_token=TOKEN&${Array.from({ length: 31 }, (_, index) => `p${index}=1`).join('&')}`,
]

for (const [where, options] of applications) {
  test(`refuses what came twice, in brackets, or not at all, and rotates nothing, ${where} (TE-2, attack 26)`, async () => {
    await withApp(options, async ({ url, errors }) => {
      const { refreshToken } = await signInBy(url)
      for (const body of twice) {
        const answer = await form(url, '/token', body.replaceAll('TOKEN', refreshToken))
        expect([body, answer.status, errorOf(answer)]).toEqual([body, 400, 'invalid_request'])
      }
      expect(granted(await grant(url, refreshToken)).token_type).toBe('Bearer')
      expect(errors).toEqual([])
    })
  })

  test(`ignores what it does not know, and takes an empty value for none, ${where} (TE-3)`, async () => {
    await withApp(options, async ({ url }) => {
      const { refreshToken } = await signInBy(url)
      const known = `&&grant_type=refresh_token&refresh_token=${refreshToken}`
      const { refresh_token } = granted(await form(url, '/token', `${known}&__proto__=x&audience=y&client_id=&scope=`))
      const more = `constructor=a&hasOwnProperty=b&client_secret=`
      const encoded = `${more}&grant%5Ftype=refresh%5ftoken&refresh_token=${refresh_token}`
      expect(granted(await form(url, '/token', encoded)).token_type).toBe('Bearer')
    })
  })
}

test.each([
  ['broken escapes', 'grant_type=refresh_token&refresh_token=%zz'],
  ['half an escape', 'grant_type=refresh_token&refresh_token=%4'],
  ['bytes that are no UTF-8', 'grant_type=refresh_token&refresh_token=%ff'],
  ['a byte order mark', '\uFEFFgrant_type=refresh_token&refresh_token=x'],
])('refuses %s (TE-1, attack 28)', async (_name, body) => {
  await withApp(withClients, async ({ url }) => {
    const answer = await form(url, '/token', body)
    expect([answer.status, errorOf(answer)]).toEqual([400, 'invalid_request'])
  })
})

test('refuses raw bytes that are no UTF-8 (attack 28)', async () => {
  await withApp(withClients, async ({ url }) => {
    const { refreshToken } = await signInBy(url)
    const body = Buffer.from(`grant_type=refresh_token&refresh_token=${refreshToken}&\xff=1`, 'latin1')
    const head = request('POST /token', [`Content-Type: ${type}`, `Content-Length: ${body.length}`])
    const answer = await only(url, Buffer.concat([Buffer.from(head), body]))
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([400, { error: 'invalid_request' }])
  })
})

test.each([
  [`${type}; charset=iso-8859-1`, {}],
  [`${type}; boundary=x`, {}],
  [type, { 'Content-Encoding': 'gzip' }],
])('refuses a form that says %s %j with 415, in its own words (TE-1, attack 28)', async (contentType, headers) => {
  await withApp(withClients, async ({ url }) => {
    const answer = await form(url, '/token', 'grant_type=x', { 'Content-Type': contentType, ...headers })
    expect([answer.status, errorOf(answer)]).toEqual([415, 'invalid_request'])
  })
})

test('takes the charset that forms have had for ever, however it is written (TE-1)', async () => {
  await withApp(withClients, async ({ url }) => {
    const { refreshToken } = await signInBy(url)
    const kinds = [`${type};charset=UTF-8`, `${type}; charset="utf-8"`, 'APPLICATION/X-WWW-FORM-URLENCODED']
    for (const kind of kinds) {
      const body = `grant_type=refresh_token&refresh_token=${refreshToken}`
      expect((await form(url, '/token', body, { 'Content-Type': kind })).status).toBe(200)
    }
  })
})

test('refuses a form that is too large with 413, whether it says so or not (attack 27)', async () => {
  await withApp(withClients, async ({ url }) => {
    const body = `grant_type=refresh_token&refresh_token=${'x'.repeat(17_000)}`
    const said = await only(url, request('POST /token', [`Content-Type: ${type}`], body))
    expect([said.status, JSON.parse(said.body)]).toMatchObject([413, { error: 'invalid_request' }])
    expect(said.headers.get('connection')).toBe('close')
    const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    const lines = [`Content-Type: ${type}`, 'Transfer-Encoding: chunked', '', chunk]
    const unsaid = await only(url, ['POST /token HTTP/1.1', 'Host: x', 'Connection: close', ...lines].join('\r\n'))
    expect(unsaid.status).toBe(413)
  })
})

test('the routes that take nothing but forms refuse every other body with 415, and none with 400 (TE-1, RV-1)', async () => {
  await withApp(withClients, async ({ url }) => {
    for (const route of ['/revoke', '/introspect']) {
      for (const other of ['application/json', 'text/plain', 'multipart/form-data; boundary=x']) {
        const answer = await ask(url, `POST ${route}`, { body: '{"token":"x"}', headers: { 'Content-Type': other } })
        expect([route, other, answer.status, errorOf(answer)]).toEqual([route, other, 415, 'invalid_request'])
      }
      const empty = await ask(url, `POST ${route}`)
      expect([route, empty.status, errorOf(empty)]).toEqual([route, 400, 'invalid_request'])
      // No token in a URL: it would stand in every log on the way (IN-4).
      expect((await ask(url, `GET ${route}?token=x`)).status).toBe(404)
    }
  })
})

test('refuses two Authorization headers, and a refresh token in a header beside the form (attack 25, RT-10)', async () => {
  await withApp(withClients, async ({ url }) => {
    const { refreshToken } = await signInBy(url)
    const body = `grant_type=refresh_token&refresh_token=${refreshToken}`
    for (const lines of [
      ['Authorization: Basic c2hvcDp4', 'Authorization: Basic c2hvcDp5'],
      [`refresh-token: ${refreshToken}`],
      ['refresh-token:'],
      ['Latchkey-Proof: a', 'Latchkey-Proof: b'],
    ]) {
      const answer = await only(url, request('POST /token', [`Content-Type: ${type}`, ...lines], body))
      expect([lines, answer.status, JSON.parse(answer.body)]).toMatchObject([lines, 400, { error: 'invalid_request' }])
    }
    expect(granted(await grant(url, refreshToken)).token_type).toBe('Bearer')
  })
})
