// Attack cases 16 and 17: tokens and bodies that cost time or memory, and tokens of another format. What must hold is a
// bound: a 4xx within a second, and the next request answered as before.

import { describe, expect, test } from 'vitest'
import { encode } from '../helpers/jws.ts'
import { ask } from '../helpers/requests.ts'
import { refusedAsAccess } from './access-attacks.ts'
import { useTarget } from './target.ts'

const target = useTarget()
const boundMs = 2000
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
const deepObject = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

/** Sends it, and checks status and time. */
async function bounded(
  what: string,
  send: () => Promise<{ readonly status: number }>,
  allowed: readonly number[],
): Promise<void> {
  const began = performance.now()
  const { status } = await target().unmoved(send)
  const quick = performance.now() - began < boundMs
  expect([what, allowed.includes(status) ? 'refused' : status, quick]).toEqual([what, 'refused', true])
}

describe('attack 16: sizes', () => {
  const tokens: readonly (readonly [string, string, number])[] = [
    ['a token of 1 MB', 'x'.repeat(1_000_000), 431],
    ['10,000 segments', 'a.'.repeat(10_000), 431],
    ['6,000 segments', 'a.'.repeat(6000), 401],
    ['a token of 15 kB', `${'a'.repeat(5000)}.${'b'.repeat(5000)}.${'c'.repeat(5000)}`, 401],
  ]
  test.each(tokens)('%s in Authorization is refused in bounded time', (what, token, status) =>
    bounded(what, () => target().send('GET /me', [`Authorization: Bearer ${token}`]), [status]),
  )

  test.each(tokens)('%s as refresh-token header is refused in bounded time', (what, token, status) =>
    bounded(what, () => target().send('POST /token', [`refresh-token: ${token}`]), [status === 401 ? 403 : status]),
  )

  test.each(tokens)('%s in the refresh cookie is refused in bounded time', (what, token) =>
    bounded(what, () => target().send('POST /token', [`Cookie: __Host-Http-latchkey=${token}`]), [403, 431]),
  )

  test.each([
    ['a megabyte', JSON.stringify({ token: 'x'.repeat(1_000_000) }), 413],
    ['16 kB of a token', JSON.stringify({ token: 'x'.repeat(16_000) }), 403],
    ['8,000 nested lists', nested(8000), 400],
    ['8,000 nested lists as the token', `{"token":${nested(8000)}}`, 400],
    ['2,500 nested objects beside the token', `{"token":"x","more":${deepObject(2500)}}`, 403],
    [
      'a thousand members',
      JSON.stringify(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`k${n}`, n]))),
      401,
    ],
  ])('%s as the body of a renewal: %#', (what, body, status) =>
    bounded(what, () => target().sendJson('POST /token', body), [status]),
  )

  test('deep JSON inside of a signed token is 401, and costs the next request nothing', async () => {
    await refusedAsAccess(target(), (forge) => [
      ['nested lists', forge.payloadText(nested(4000))],
      ['nested objects in a header', forge.headerText(deepObject(1200))],
      [
        'nested aud',
        forge.payloadText(
          JSON.stringify(forge.payload).replace('"aud":"https://app.example"', `"aud":${nested(3000)}`),
        ),
      ],
    ])
    expect((await ask(target().url, 'GET /healthz')).status).toBe(200)
  })
})

describe('attack 17: other formats', () => {
  test('JWE, JSON serialisations and detached payloads are 401 (JW-5, JW-11)', () =>
    refusedAsAccess(target(), (forge) => {
      const [head, body, signature] = forge.parts
      const jwe = encode({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' })
      const pbes = encode({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 2_000_000_000, p2s: 'AAAAAAAAAAA' })
      return [
        ['JWE', `${jwe}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`],
        ['JWE that asks for work', `${pbes}.AAAA.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`],
        ['five parts of a JWS', `${forge.good}.AAAA.AAAA`],
        ['flattened JSON', JSON.stringify({ payload: body, protected: head, signature })],
        ['general JSON', JSON.stringify({ payload: body, signatures: [{ protected: head, signature }] })],
        ['detached', `${head}..${signature}`],
        ['a token in a token', `${head}.${encode(forge.good)}.${signature}`],
      ]
    }))

  test('the same as a body is no refresh token: 401 or 403, and nothing moves', async () => {
    const { accessToken, refreshToken } = await target().signIn()
    const [head, payload, signature] = accessToken.split('.')
    await bounded('members', () => target().sendJson('POST /token', { payload, protected: head, signature }), [401])
    await bounded('an object', () => target().sendJson('POST /token', { token: { payload, signature } }), [400])
    await bounded('a text', () => target().sendJson('POST /token', { token: JSON.stringify({ refreshToken }) }), [403])
  })
})
