// Attack cases 25 and 26: requests that name a credential or a parameter twice, in a place where it does not belong, or as
// something else than a text.

import { describe, test } from 'vitest'
import type { Signed } from '../helpers/requests.ts'
import { request } from '../http/raw-socket.ts'
import { form, json, refusedAsBytes, type Cases } from './raw-attacks.ts'
import { useTarget } from './target.ts'

const target = useTarget()
const refused = (make: (session: Signed) => Cases): Promise<void> => refusedAsBytes(target(), make)

describe('attack 25: credentials twice, or where they do not belong', () => {
  test('two Authorization headers are 400, the good one first or second', () =>
    refused(({ accessToken }) => {
      const good = `Authorization: Bearer ${accessToken}`
      const bad = 'authorization: Bearer x'
      return [
        ['good, bad', request('GET /me', [good, bad]), 400],
        ['bad, good', request('GET /me', [bad, good]), 400],
        ['good, good', request('GET /me', [good, good]), 400],
        ['a list', request('GET /me', [`${good}, Bearer ${accessToken}`]), 401],
        ['Basic, then good', request('GET /sessions', ['Authorization: Basic eDp5', good]), 400],
      ]
    }))

  test('an access token in the query or in a body opens nothing: 401', () =>
    refused(({ accessToken }) => [
      ['query', request(`GET /me?access_token=${accessToken}`), 401],
      ['query, all sessions', request(`DELETE /sessions?access_token=${accessToken}`), 401],
      ['form', request('GET /me', [form], `access_token=${accessToken}`), 401],
      ['JSON', request('POST /logout/all', [json], JSON.stringify({ access_token: accessToken, accessToken })), 401],
      ['X-Access-Token', request('GET /me', [`X-Access-Token: ${accessToken}`, `Token: ${accessToken}`]), 401],
    ]))

  test('a refresh token in the query renews nothing: 401', () =>
    refused(({ refreshToken }) => [
      [
        'query',
        request(`POST /token?refreshToken=${refreshToken}&token=${refreshToken}&refresh_token=${refreshToken}`),
        401,
      ],
      ['fragment', request(`POST /token#${refreshToken}`), 401],
    ]))

  test('two carriers of a refresh token are 400, also where both say the same', () =>
    refused(({ refreshToken }) => {
      const body = JSON.stringify({ refreshToken })
      const cookie = `Cookie: __Host-Http-latchkey=${refreshToken}`
      return [
        ['body and header', request('POST /token', [json, `refresh-token: ${refreshToken}`], body), 400],
        [
          'two headers',
          request('POST /token', [`refresh-token: ${refreshToken}`, `Refresh-Token: ${refreshToken}`]),
          400,
        ],
        ['cookie and body', request('POST /token', [json, cookie], body), 400],
        ['cookie and header', request('POST /token', [cookie, `refresh-token: ${refreshToken}`]), 400],
      ]
    }))
})

describe('attack 26: parameters twice, nested, or of another type', () => {
  test('in JSON: 400 for every value that is no text, 400 for two that differ', () =>
    refused(({ refreshToken }) => [
      ...[7, true, [], ['x'], {}, [refreshToken], { refreshToken }].map((value) => {
        const body = JSON.stringify({ refreshToken: value })
        return [body.slice(0, 30), request('POST /token', [json], body), 400] as const
      }),
      ['two names', request('POST /token', [json], JSON.stringify({ refreshToken, token: 'x' })), 400],
      ['brackets', request('POST /token', [json], JSON.stringify({ 'refreshToken[]': refreshToken, 'a[b]': 1 })), 401],
      ['a list of bodies', request('POST /token', [json], JSON.stringify([{ refreshToken }])), 400],
      ['a text', request('POST /token', [json], JSON.stringify(refreshToken)), 400],
      ['a number', request('POST /token', [json], '7'), 400],
      [
        'credentials of another type',
        request('POST /login', [json], '{"username":["admin"],"password":{"$ne":""}}'),
        400,
      ],
    ]))

  test('in a form: 400 invalid_request for every name that comes twice (TE-2, ASVS 15.3.7)', () =>
    refused(({ refreshToken }) => {
      const good = `grant_type=refresh_token&refresh_token=${refreshToken}`
      const bodies = [
        `${good}&refresh_token=${refreshToken}`,
        `refresh_token=x&${good}`,
        `${good}&grant_type=refresh_token`,
        `${good}&scope=a&scope=b`,
        `${good}&client_id=first-party&client_id=first-party`,
        `${good}&x=1&x=2`,
      ]
      return bodies.map(
        (body) => [body.replaceAll(refreshToken, '…'), request('POST /token', [form], body), 400] as const,
      )
    }))

  test('in a form: brackets are only part of a name, and a missing name is 400 (TE-3)', () =>
    refused(({ refreshToken }) => [
      [
        'refresh_token[]',
        request('POST /token', [form], `grant_type=refresh_token&refresh_token[]=${refreshToken}`),
        400,
      ],
      ['nested', request('POST /token', [form], `grant_type=refresh_token&refresh_token[a][b]=${refreshToken}`), 400],
      ['grant_type[]', request('POST /token', [form], `grant_type[]=refresh_token&refresh_token=${refreshToken}`), 400],
      ['no grant_type', request('POST /token', [form], `refresh_token=${refreshToken}`), 400],
      [
        'a thousand parameters',
        request('POST /token', [form], Array.from({ length: 1000 }, (_, n) => `k${n}=1`).join('&')),
        400,
      ],
      [
        'a broken escape',
        request('POST /token', [form], `grant_type=refresh_token&refresh_token=%zz${refreshToken}`),
        400,
      ],
    ]))
})
