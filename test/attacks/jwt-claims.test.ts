// Attack cases 12 to 15: what the payload says. All of these are signed with the true key, which no attacker has: it is the
// verifier's own judgement that is tested. Case 12 holds our answer to a question that the standards leave open: one parser
// reads a token, for checking and for use, and of a name that stands twice it takes the last.

import { describe, expect, test } from 'vitest'
import { ask, renew, signed } from '../helpers/requests.ts'
import { refusedAsAccess, type Attacks } from './access-attacks.ts'
import { publicUrl, signingKeys, useTarget } from './target.ts'
import { Forge, header } from './tokens.ts'

const target = useTarget()
const refused = (make: (forge: Forge) => Attacks): Promise<void> => refusedAsAccess(target(), make)
const me = (token: string) => ask(target().url, 'GET /me', { bearer: token })

/** JSON with one more member, before or after the others, whose name may be there already. */
const twice = (object: object, member: string, where: 'first' | 'last'): string => {
  const inner = JSON.stringify(object).slice(1, -1)
  return where === 'first' ? `{${member},${inner}}` : `{${inner},${member}}`
}

describe('attack 12: a name twice in one object', () => {
  test('the last counts, for the check and for the use alike (JW-10)', async () => {
    const forge = new Forge((await target().signIn()).accessToken)
    const { sub } = forge.payload
    expect((await me(forge.payloadText(twice(forge.payload, '"sub":"someone else"', 'first')))).body).toMatchObject({
      id: sub,
    })
    expect((await me(forge.headerText(twice(header, '"alg":"none"', 'first')))).status).toBe(200)
  })

  test('where the last is the bad one, it is 401 (JW-10)', () =>
    refused((forge) => [
      ['alg', forge.headerText(twice(header, '"alg":"none"', 'last'))],
      ['typ', forge.headerText(twice(header, '"typ":"JWT"', 'last'))],
      ['kid', forge.headerText(twice(header, `"kid":"${signingKeys.rs256.kid}"`, 'last'))],
      ['iss', forge.payloadText(twice(forge.payload, '"iss":"https://evil.example"', 'last'))],
      ['aud', forge.payloadText(twice(forge.payload, '"aud":"https://evil.example"', 'last'))],
      ['exp', forge.payloadText(twice(forge.payload, '"exp":null', 'last'))],
    ]))

  test('in a body too: of two tokens the last is looked at, and a bad one rotates nothing', async () => {
    const { refreshToken } = await target().signIn()
    await target().unmoved(async () => {
      const body = `{"refreshToken":"${refreshToken}","refreshToken":"lkr1_${'A'.repeat(72)}"}`
      expect((await target().sendJson('POST /token', body)).status).toBe(403)
    })
    signed(await renew(target().url, refreshToken))
  })
})

describe('attack 13: names that every object has', () => {
  const hostile = '"__proto__":{"admin":true,"isAdmin":true,"secure":false},"constructor":{"prototype":{"admin":true}}'

  test('pollute nothing: the caller stays who he is, and so does everybody after him (SE-16)', async () => {
    const { username, password } = await target().addUser('grace')
    const { accessToken } = signed(await ask(target().url, 'POST /login', { body: { username, password } }))
    const forge = new Forge(accessToken)
    for (const where of ['first', 'last'] as const) {
      const { status, body } = await me(forge.payloadText(twice(forge.payload, hostile, where)))
      expect([status, body]).toEqual([200, { id: forge.payload['sub'], name: 'grace', admin: false }])
    }
    expect((await me(accessToken)).body).toMatchObject({ admin: false })
  })

  test.each(['/login', '/token', '/refresh', '/logout'])('in the body of %s they stand for nothing', async (path) => {
    const { refreshToken } = await target().signIn()
    const inner = JSON.stringify({ refreshToken, token: refreshToken, ...target().user })
    const statuses = path === '/logout' ? 204 : path === '/login' ? 400 : 401
    await target().unmoved(async () => {
      for (const body of [
        `{"__proto__":${inner}}`,
        `{"constructor":{"prototype":${inner}}}`,
        `{"prototype":${inner}}`,
      ]) {
        expect([body.slice(0, 12), (await target().sendJson(`POST ${path}`, body)).status]).toEqual([
          body.slice(0, 12),
          statuses,
        ])
      }
    })
  })
})

const numbers: unknown[] = ['9999999999', null, undefined, true, [9999999999], {}, '', -1, 0, 1.5]

describe('attack 14: claims of the wrong type or value', () => {
  test('is 401 for every instant that is none (AT-2, AT-3)', () =>
    refused((forge) => [
      ...['exp', 'iat', 'auth_time'].flatMap((name) =>
        numbers
          .filter((value) => name === 'exp' || (value !== 0 && value !== -1))
          // An expired token is told from an invalid one, below.
          .filter((value) => name !== 'exp' || typeof value !== 'number')
          .map((value) => [`${name} ${JSON.stringify(value)}`, forge.claims({ [name]: value })] as const),
      ),
      ...['1e309', 'NaN', '0x7fffffff'].map(
        (text) => [`exp ${text}`, forge.payloadText(twice(forge.payload, `"exp":${text}`, 'last'))] as const,
      ),
      ['exp 1.5e9+0.5', forge.claims({ exp: Number(forge.payload['exp']) + 0.5 })],
      ['nbf as text', forge.claims({ nbf: '1' })],
    ]))

  test('is 401 for another audience, in every form (AT-3)', () =>
    refused((forge) =>
      [
        [],
        [null],
        {},
        '',
        null,
        undefined,
        7,
        'https://app.exampl',
        'app.example',
        `${publicUrl}/`,
        `${publicUrl} x`,
        [`${publicUrl}.evil`],
        [[publicUrl]],
        { 0: publicUrl },
        publicUrl.toUpperCase(),
      ].map((aud) => [`aud ${JSON.stringify(aud)}`, forge.claims({ aud })] as const),
    ))

  test('is 401 for another issuer, in every form (AT-3, MD-2)', () =>
    refused((forge) =>
      [
        [publicUrl],
        [publicUrl, 'x'],
        `${publicUrl}/`,
        'https://аpp.example',
        'HTTPS://app.example',
        'https://app.example:443',
        '',
        null,
        undefined,
        {},
        7,
      ].map((iss) => [`iss ${JSON.stringify(iss)}`, forge.claims({ iss })] as const),
    ))

  test('is 401 for every name that is no text (AT-2)', () =>
    refused((forge) =>
      ['sub', 'sid', 'client_id', 'jti'].flatMap((name) =>
        ['', 7, null, undefined, [], ['x'], {}].map(
          (value) => [`${name} ${JSON.stringify(value)}`, forge.claims({ [name]: value })] as const,
        ),
      ),
    ))

  test('is 401 for a payload that is no object, or no JSON (JW-10)', () =>
    refused((forge) =>
      ['[]', 'null', '"x"', '7', '', '{', '{}{}', '\uFEFF{}', '{"a":1,}'].map(
        (text) => [text, forge.payloadText(text)] as const,
      ),
    ))
})

describe('attack 15: instants out of bounds', () => {
  const now = (): number => Math.floor(Date.now() / 1000)

  test('a token of the past is 401 as expired, by one second (AT-3)', async () => {
    const forge = new Forge((await target().signIn()).accessToken)
    for (const exp of [now() - 1, now(), 0, -1, 1.5, -9e15]) {
      const answer = await me(forge.claims({ exp }))
      const said = answer.headers.get('www-authenticate')
      expect([exp, answer.status, said?.includes('has expired')]).toEqual([exp, 401, true])
    }
  })

  test('a token of the future is 401 (AT-3)', () =>
    refused((forge) => [
      ['nbf in a minute', forge.claims({ nbf: now() + 60 })],
      ['iat in a minute', forge.claims({ iat: now() + 60 })],
      ['iat in a century', forge.claims({ iat: now() + 3_000_000_000, exp: now() + 4_000_000_000 })],
    ]))

  test('an end without end outlives nothing: the token dies with its session (SE-6)', async () => {
    const { accessToken } = await target().signIn()
    const immortal = new Forge(accessToken).claims({ exp: 9_000_000_000_000 })
    expect((await me(immortal)).status).toBe(200)
    await ask(target().url, 'POST /logout', { bearer: accessToken })
    expect((await me(immortal)).status).toBe(401)
  })
})
