// A hostile reading of the router and its options: forms that another site's page makes a visitor's browser send, HEAD, and
// options of the wrong shape. The mistakes it prevents: strangers who count tries against an account through its own
// owner's browser, a public page that half of HTTP cannot ask for, a mistake in the options that Node explains.

import express, { type Express } from 'express'
import { createLatchkey, generateKeys, MisuseError, type Transport } from 'latchkey'
import { createClientSecret, createSessions, sendRefusal, type Sessions, type SessionsOptions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { describe, expect, test } from 'vitest'
import { credentials, withApp } from '../http/in-process.ts'
import { ask } from '../helpers/requests.ts'
import { cookieMode, fromOwnPage, navigation, ownOrigin, send, type Headers } from '../http/page-client.ts'

const type = { 'Content-Type': 'application/x-www-form-urlencoded' }
const wrong = 'username=ada&password=wrong'
const right = new URLSearchParams(credentials).toString()

function mountForm(app: Express, { authenticate }: Sessions): void {
  app.post('/sign-in', express.urlencoded({ extended: false }), (req, res, next) => {
    authenticate(req, res, req.body).then(
      (user) => void res.status(user === null ? 401 : 200).json(user),
      (error: unknown) => {
        if (!sendRefusal(req, res, error)) next(error)
      },
    )
  })
}

const withForm = (transports: readonly Transport[], run: Parameters<typeof withApp>[1]): Promise<void> =>
  withApp({ sessions: { transports, throttle: { pairTries: 3 } }, mount: mountForm }, run)

describe('a sign-in by a form of the application’s own', () => {
  const strangers = [
    { ...navigation('cross-site'), Origin: 'https://evil.example' },
    { ...navigation('same-site'), Origin: 'https://blog.app.example' },
    { ...navigation('cross-site'), Origin: 'null' },
    { Origin: 'https://evil.example' },
  ]

  test('is refused where another site’s page sends it, before the password is looked at or counted (SE-11, attack 23)', () =>
    withForm(['cookie'], async ({ url, latchkey }) => {
      const heard: string[] = []
      latchkey.on('sign_in_refused', () => heard.push('a try'))
      for (let round = 0; round < 3; round += 1) {
        for (const page of strangers) {
          expect((await send(url, 'POST /sign-in', { ...type, ...page }, wrong)).status).toBe(403)
          expect((await send(url, 'POST /sign-in', { ...type, ...page }, right)).status).toBe(403)
        }
      }
      expect(heard).toEqual([])
      const own = { ...type, ...navigation('same-origin'), Origin: ownOrigin }
      expect((await send(url, 'POST /sign-in', own, wrong)).status).toBe(401)
      expect(heard).toEqual(['a try'])
      expect((await send(url, 'POST /sign-in', own, right)).status).toBe(200)
    }))

  test('is taken from whatever says nothing of itself, and from any page where no cookie is ever set', async () => {
    await withForm(['cookie'], async ({ url }) => {
      expect((await send(url, 'POST /sign-in', type, right)).status).toBe(200)
    })
    await withForm(['body'], async ({ url }) => {
      expect((await send(url, 'POST /sign-in', { ...type, Origin: 'https://spa.example' }, right)).status).toBe(200)
    })
  })
})

describe('HEAD', () => {
  const mount = (app: Express, { router, wellKnown }: Sessions): void => void app.use('/auth', router).use(wellKnown)
  const issuer = 'https://app.example/auth'

  test.each([
    '/auth/.well-known/jwks.json',
    '/auth/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/auth',
    '/auth/sessions',
  ])('of %s is answered as GET is, without the body (attack 28)', (path) =>
    withApp({ latchkey: { issuer }, mount }, async ({ url }) => {
      const [head, get] = [await send(url, `HEAD ${path}`, {}), await send(url, `GET ${path}`, {})]
      const { date: _one, ...headers } = head.headers
      expect([head.status, head.text]).toEqual([get.status, ''])
      expect(get.headers).toMatchObject(headers)
      expect(get.text).not.toBe('')
    }),
  )
})

describe('options of createSessions of the wrong shape', () => {
  test.each([
    [{ transports: 'cookie' }, 'transports'],
    [{ transports: { length: 1, some: () => false } }, 'transports'],
    [{ credentials: 'username' }, 'credentials'],
    [{ origins: 'https://shop.example' }, 'origins'],
    [{ publicUrl: 'https://:secret@app.example' }, 'publicUrl'],
  ])('%j is refused with option_invalid, by its name', async (options, name) => {
    const latchkey = await createLatchkey({ issuer: ownOrigin, keys: generateKeys(), store: memoryStore() })
    const given = { authenticate: () => null, ...options } as unknown as SessionsOptions
    expect(() => createSessions(latchkey, given)).toThrow(MisuseError)
    expect(() => createSessions(latchkey, given)).toThrow(new RegExp(`^${name} must`))
    await latchkey.close()
  })
})

describe('POST /logout', () => {
  const meOf = async (url: string, accessToken: string): Promise<number> =>
    (await ask(url, 'GET /me', { bearer: accessToken })).status

  test.each([
    [
      'in the body beside a member that is no text',
      (token: string) => ({ body: { refreshToken: token, token: 5 } }),
      'body',
    ],
    ['in the body beside another', (token: string) => ({ body: { refreshToken: 'x', token } }), 'body'],
    [
      'in a header beside a body that is no object',
      (token: string) => ({ headers: { 'Refresh-Token': token }, body: [1] }),
      'header',
    ],
    ['in a header that came twice', (token: string) => ({ headers: { 'Refresh-Token': `x, ${token}` } }), 'header'],
  ] as const)(
    'ends the session of a token %s: a 204 that leaves it alive would be a lie (SE-6)',
    async (_, given, transport) => {
      await withApp({}, async ({ url }) => {
        const headers = { 'Latchkey-Transport': transport }
        const begun = await ask(url, 'POST /login', { body: credentials, headers })
        const { accessToken, refreshToken = '' } = begun.body as { accessToken: string; refreshToken?: string }
        const answer = await ask(url, 'POST /logout', given(begun.headers.get('Refresh-Token') ?? refreshToken))
        expect([answer.status, await meOf(url, accessToken)]).toEqual([204, 401])
      })
    },
  )
})

describe('Basic credentials in a browser', () => {
  const clients = [{ id: 'shop', secretHash: createClientSecret().secretHash, signIn: true }]
  const sessions = { transports: ['cookie', 'body'] as const, clients }
  const Authorization = `Basic ${btoa('x:y')}`
  const revoke = (url: string, headers: Headers): ReturnType<typeof send> =>
    send(url, 'POST /revoke', { ...type, ...headers }, 'client_id=nobody&token=x')

  test('are never asked for by an answer to a form of a page: anybody’s could plant them by its URL (TE-5, attack 23)', () =>
    withApp({ sessions }, async ({ url }) => {
      const page = { ...navigation('cross-site'), Origin: 'https://evil.example' }
      const challenges = [{}, page, { ...page, Authorization }].map(async (headers) => {
        const { status, headers: said } = await revoke(url, headers)
        return [status, said['www-authenticate']?.split(' ')[0]]
      })
      // Who used the scheme is answered by it (RFC 6749 s5.2): there they are already.
      expect(await Promise.all(challenges)).toEqual([
        [401, 'Basic'],
        [401, 'Bearer'],
        [400, undefined],
      ])
    }))

  test('keep nobody out who signs in by cookies, which are for no registered client (I3)', () =>
    withApp({ sessions }, async ({ url }) => {
      const cookies = { ...fromOwnPage, ...cookieMode, Authorization }
      expect((await send(url, 'POST /login', cookies, credentials)).status).toBe(200)
    }))
})
