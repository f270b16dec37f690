// Attack cases 4 to 8: what a header may say, and which kind of token may stand where. Every token is signed with the true
// key, or with the key that its own header names, so that nothing but the header or the place can be the reason.

import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { jws } from '../helpers/jws.ts'
import { ask, renew, signed, type Signed } from '../helpers/requests.ts'
import { refusedAsAccess, type Attacks } from './access-attacks.ts'
import { expectForbidden, expectInvalidAccess } from './refused.ts'
import { signingKeys, useTarget } from './target.ts'
import { Forge, header, ours } from './tokens.ts'

const target = useTarget()
const refused = (make: (forge: Forge) => Attacks): Promise<void> => refusedAsAccess(target(), make)

describe('attack 4: a key that the header brings along', () => {
  let trap: Server
  let visits = 0
  beforeAll(async () => {
    trap = createServer((_req, res) => {
      visits += 1
      res.end('{"keys":[]}')
    }).listen(0, '127.0.0.1')
    await once(trap, 'listening')
  })
  afterAll(() => void trap.close())

  test('is 401, and nobody is asked for it: jwk, jku, x5u, x5c (JW-3)', async () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/jwks`
    const jwk = stranger.publicKey.export({ format: 'jwk' })
    const brought = { jwk, jku: url, x5u: url, x5c: ['MIIB'] }
    await refused((forge) =>
      Object.entries(brought).flatMap(([name, value]) => [
        [`${name} under our kid`, forge.signedBy({ [name]: value }, stranger.privateKey)] as const,
        [`${name} without kid`, forge.signedBy({ [name]: value, kid: undefined }, stranger.privateKey)] as const,
        [`${name} beside our own signature`, forge.header({ [name]: value })] as const,
      ]),
    )
    expect(visits).toBe(0)
  })
})

describe('attack 5: a hostile kid', () => {
  const { kid } = header
  const kids: unknown[] = [
    '../../dev/null',
    "' OR 1=1--",
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    '*',
    '%00',
    'k'.repeat(5000),
    {},
    [kid],
    ['k'],
    null,
    7,
    true,
    '\0',
    `${kid}\0`,
    `${kid} `,
    kid.toLowerCase(),
    `../${kid}`,
    signingKeys.ed25519.kid,
    signingKeys.rs256.kid,
    undefined,
    'ldap://x',
    '${jndi:ldap://x}',
  ]
  test('is 401 whatever it says, or where it is the kid of another key of ours (JW-4)', () =>
    refused((forge) =>
      kids.map((each) => [`kid ${JSON.stringify(each)}`.slice(0, 40), forge.header({ kid: each })] as const),
    ))

  test('of 10 kB does not even reach the server: 431', async () => {
    const token = new Forge((await target().signIn()).accessToken).header({ kid: 'k'.repeat(12_000) })
    expect((await target().send('GET /me', [`Authorization: Bearer ${token}`])).status).toBe(431)
  })
})

describe('attack 6: extensions that must be understood', () => {
  const values: unknown[] = [['exp'], [], 'b64', ['b64'], ['__proto__'], ['alg'], [''], [7], null, {}, true]
  test('is 401: crit in every form, b64 false (JW-6)', () =>
    refused((forge) => [
      ...values.map((crit) => [`crit ${JSON.stringify(crit)}`, forge.header({ crit })] as const),
      ['crit with what it names', forge.header({ crit: ['exp'], exp: 1 })],
      ['b64 false', forge.header({ b64: false })],
      ['b64 false, as crit says', forge.header({ crit: ['b64'], b64: false })],
      ['zip', forge.header({ zip: 'DEF' })],
      ['enc', forge.header({ enc: 'A128GCM' })],
    ]))
})

describe('attack 7: a token of another kind', () => {
  const types: unknown[] = [
    undefined,
    'JWT',
    'rt+jwt',
    'dpop+jwt',
    'dbsc+jwt',
    'logout+jwt',
    'id+jwt',
    'secevent+jwt',
    'at',
    'jwt',
    '',
    null,
    7,
    ['at+jwt'],
    {},
    'at+jwt ',
    'at+jwt; charset=utf-8',
    'text/at+jwt',
  ]
  test('is 401 as an access token, whatever its typ (AT-1, JW-7)', () =>
    refused((forge) => types.map((typ) => [`typ ${JSON.stringify(typ)}`, forge.header({ typ })] as const)))

  test('an access token is no refresh token: 403, and nothing is rotated (JW-7)', async () => {
    const { accessToken, refreshToken } = await target().signIn()
    await target().unmoved(async () => {
      for (const body of [{ refreshToken: accessToken }, { token: accessToken }]) {
        expectForbidden(await target().sendJson('POST /token', body), 'in the body')
      }
      expectForbidden(await target().send('POST /token', [`refresh-token: ${accessToken}`]), 'in the header')
    })
    signed(await renew(target().url, refreshToken))
  })

  test('an access token is no DPoP proof: 401, and no session begins (DP-2)', async () => {
    const { accessToken } = await target().signIn()
    await target().unmoved(async () => {
      const answer = await target().sendJson('POST /login', target().user, [`DPoP: ${accessToken}`])
      expect([answer.status, answer.body]).toEqual([401, '{"error":"Unauthorized"}'])
    })
  })

  test('an access token is no hint of who shall be signed out: the session lives on', async () => {
    const { accessToken } = await target().signIn()
    await target().unmoved(async () => {
      const hint = { id_token_hint: accessToken, logout_token: accessToken }
      expect((await target().sendJson('POST /logout', hint)).status).toBe(204)
      expect((await target().send(`POST /logout?id_token_hint=${accessToken}`)).status).toBe(204)
    })
    expect((await ask(target().url, 'GET /me', { bearer: accessToken })).status).toBe(200)
  })

  test('a proof of a key that is typed and signed as an access token is refused as one (JW-7)', async () => {
    const proof = jws({ ...header, typ: 'dpop+jwt' }, { htm: 'GET', htu: target().url, jti: 'x', iat: 1 }, ours)
    expectInvalidAccess(await target().send('GET /me', [`Authorization: Bearer ${proof}`]), 'proof')
  })
})

describe('attack 8: a token in the place of another', () => {
  const everywhere = ({ accessToken, refreshToken }: Signed): readonly (readonly [string, string[], number])[] => [
    ['a refresh token as bearer', [`Authorization: Bearer ${refreshToken}`], 401],
    ['a refresh token as DPoP', [`Authorization: DPoP ${refreshToken}`], 401],
    ['a refresh token as Basic', [`Authorization: Basic ${refreshToken}`], 401],
    ['a refresh token in the access cookie', [`Cookie: __Host-Http-latchkey-access=${refreshToken}`], 401],
    ['an access token in the refresh cookie', [`Cookie: __Host-Http-latchkey=${accessToken}`], 401],
  ]

  test('is 401 on a protected route, and no session moves', async () => {
    const session = await target().signIn()
    await target().unmoved(async () => {
      for (const [what, lines, status] of everywhere(session)) {
        expect([what, (await target().send('GET /me', lines)).status]).toEqual([what, status])
      }
    })
  })

  test('an access token, or a body token, in the refresh cookie renews nothing: 403 (I9)', async () => {
    const { accessToken, refreshToken } = await target().signIn()
    const fromPage = ['Sec-Fetch-Site: same-origin', 'Origin: https://app.example', 'Latchkey-Transport: cookie']
    await target().unmoved(async () => {
      for (const token of [accessToken, refreshToken]) {
        const answer = await target().send('POST /token', [...fromPage, `Cookie: __Host-Http-latchkey=${token}`])
        expectForbidden(answer, token.slice(0, 5))
      }
    })
    signed(await renew(target().url, refreshToken))
  })
})
