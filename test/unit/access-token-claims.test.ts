// Attack cases 12 to 17 of the requirements: claims, forms and sizes, all under a true signature where there is one.

import { beforeAll, describe, expect, test } from 'vitest'
import { codeOf, issuer, keys, openEngine, start, type OpenedEngine } from '../helpers/engine.ts'
import { encode, jws, privateKeyOf } from '../helpers/jws.ts'

const [signing] = keys.signing
const ours = privateKeyOf(signing!)
const header = { alg: 'ES256', typ: 'at+jwt', kid: signing!.kid }
const at = start / 1000
const payload = {
  iss: issuer,
  sub: 'ada',
  aud: issuer,
  client_id: 'first-party',
  sid: 'S',
  auth_time: at,
  iat: at,
  exp: at + 600,
  jti: 'J',
}

const withClaims = (over: object): string => jws(header, { ...payload, ...over }, ours)
const raw = (text: string): string => jws(header, text, ours)
/** The payload with one member written by hand, for what JSON.stringify would not write. */
const written = (name: string, text: string): string => {
  const { [name as 'exp']: _, ...others } = payload
  return raw(`${JSON.stringify(others).slice(0, -1)},"${name}":${text}}`)
}
const without = (name: string): string => {
  const { [name as 'exp']: _, ...others } = payload
  return raw(JSON.stringify(others))
}

const odd: readonly string[] = ['null', 'true', '""', '[]', '{}', '"x"', '[1]']
const names = Object.keys(payload)
const texts = ['sub', 'sid', 'client_id', 'jti']
const instants = ['iat', 'exp', 'auth_time']

const invalid: readonly (readonly [string, string])[] = [
  ...names.map((name) => [`14: no ${name}`, without(name)] as const),
  ...texts.flatMap((name) =>
    ['null', 'true', '""', '[]', '{}', '7', '["ada"]'].map(
      (text) => [`14: ${name} ${text}`, written(name, text)] as const,
    ),
  ),
  ...instants.flatMap((name) =>
    [...odd, '1e309', `${at}.5`, '9007199254740992', '"1700000000"'].map(
      (text) => [`14: ${name} ${text}`, written(name, text)] as const,
    ),
  ),
  ...[
    '[]',
    '[null]',
    '{}',
    'null',
    '""',
    '7',
    `"${issuer.slice(0, -1)}"`,
    `"${issuer}/"`,
    `"${issuer} x"`,
    `{"0":"${issuer}"}`,
    `[["${issuer}"]]`,
    '"*"',
  ].map((text) => [`14: aud ${text}`, written('aud', text)] as const),
  ...[
    `["${issuer}"]`,
    `"${issuer}/"`,
    `"${issuer} "`,
    '"https://auth.exаmple"',
    `"${issuer.toUpperCase()}"`,
    '""',
    'null',
    '7',
    '{}',
  ].map((text) => [`14: iss ${text}`, written('iss', text)] as const),
  ...['7', 'null', '[]', '{}', 'true'].map((text) => [`14: scope ${text}`, written('scope', text)] as const),
  ...[`${at + 1}`, '"x"', 'null', '{}', '1e309'].map((text) => [`15: nbf ${text}`, written('nbf', text)] as const),
  [`15: iat 3 s ahead`, withClaims({ iat: at + 3 })],
  ['15: iat far ahead', withClaims({ iat: at + 1e9 })],
  ...['[]', '"text"', '7', 'null', '', '{', '{"a":1}', '\u0000', '[[[['].map(
    (text) => [`a payload that is ${JSON.stringify(text)}`, raw(text)] as const,
  ),
  [
    'a payload that is not UTF-8',
    (() => {
      const text = `${encode(header)}.${Buffer.from([0x7b, 0xff, 0xfe, 0x7d]).toString('base64url')}`
      return `${text}.${jws(header, payload, ours).split('.')[2]}`
    })(),
  ],
  ['a header that is no object', jws('[]', payload, ours)],
  ['a header that is no JSON', jws('{', payload, ours)],
  ['16: 1 MB', withClaims({ padding: 'x'.repeat(1_000_000) })],
  ['16: one character more than allowed', withClaims({}).padEnd(8193, 'A')],
  ['16: 10,000 parts', 'a.'.repeat(10_000)],
  ['16: nothing but dots', '.'.repeat(8000)],
  ['16: a header nested 2000 deep', jws(`${'['.repeat(2000)}${']'.repeat(2000)}`, payload, ours)],
  ['17: a JWE', `${encode({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`],
  ['17: a JWE of five parts', Array.from({ length: 5 }, () => 'AAAA').join('.')],
  ['17: a JWS in JSON', JSON.stringify({ payload: encode(payload), signatures: [] })],
  [
    '17: a flattened JWS in JSON',
    JSON.stringify({ payload: encode(payload), protected: encode(header), signature: 'AAAA' }),
  ],
  ['nothing', ''],
  ['two parts', 'AAAA.AAAA'],
]

let engine: OpenedEngine
beforeAll(async () => {
  engine = await openEngine({ audience: [issuer, 'https://api.example'] })
})

describe('verify', () => {
  test('takes the token that all others here differ from, for one audience of several (AT-5)', async () => {
    const accepted = [
      withClaims({}),
      withClaims({ aud: ['https://elsewhere.example', 'https://api.example'] }),
      withClaims({ nbf: at }),
      withClaims({ iat: at + 2 }),
      withClaims({ scope: '' }),
    ]
    for (const token of accepted) expect(await codeOf(engine.latchkey.verify(token))).toBe('ok')
  })

  test.each(invalid)('refuses %s (AT-2, AT-3)', async (_what, token) => {
    expect(await codeOf(engine.latchkey.verify(token))).toBe('access_invalid')
    expect(engine.latchkey.seen(token)).toBeUndefined()
  })

  test.each([
    ['15: exp now', withClaims({ exp: at })],
    ['15: exp a second ago', withClaims({ exp: at - 1 })],
    ['14: exp 0', withClaims({ exp: 0 })],
    ['14: a negative exp', withClaims({ exp: -1 })],
    ['14: exp -1e309', written('exp', '-1e309')],
  ])('calls expired %s (AT-3)', async (_what, token) => {
    expect(await codeOf(engine.latchkey.verify(token))).toBe('access_expired')
  })

  test('reads 12: a name that stands twice in one way for all (JW-10)', async () => {
    const twice = raw(`{"sub":"eve",${JSON.stringify(payload).slice(1)}`)
    const last = raw(`${JSON.stringify(payload).slice(0, -1)},"sub":"eve"}`)
    for (const token of [twice, last]) {
      const access = await engine.latchkey.verify(token).catch(() => null)
      expect(access?.claims.sub).toBe(access?.subject)
    }
    const algTwice = jws(`{"alg":"none",${JSON.stringify(header).slice(1)}`, payload, ours)
    const noneLast = jws(`${JSON.stringify(header).slice(0, -1)},"alg":"none"}`, payload, ours)
    expect(await codeOf(engine.latchkey.verify(algTwice))).toMatch(/^(ok|access_invalid)$/)
    expect(await codeOf(engine.latchkey.verify(noneLast))).toBe('access_invalid')
  })

  test('gives nothing to 13: __proto__ and constructor among the claims', async () => {
    const token = raw(
      `{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},${JSON.stringify(payload).slice(1)}`,
    )
    const access = await engine.latchkey.verify(token)
    expect((access as unknown as { admin?: boolean }).admin).toBeUndefined()
    expect((access.claims as { admin?: boolean }).admin).toBeUndefined()
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    expect(Object.getPrototypeOf(access.claims)).toBe(Object.prototype)
  })

  test('survives 16: claims nested as deep as fits', async () => {
    const depth = 2500
    const token = written('deep', `${'['.repeat(depth)}${']'.repeat(depth)}`)
    expect(token.length).toBeLessThan(8192)
    expect(await codeOf(engine.latchkey.verify(token))).toMatch(/^(ok|access_invalid)$/)
  })

  test.each([[undefined], [null], [7], [{}], [[]], [[withClaims({})]], [new Date(start)]])(
    'refuses what is no text (%#)',
    async (value) => {
      expect(await codeOf(() => engine.latchkey.verify(value as unknown as string))).toBe('access_invalid')
    },
  )
})
