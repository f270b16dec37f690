// Attack cases 3 and 8 of the requirements: one key for another algorithm, one kind of token for another.

import { constants, sign } from 'node:crypto'
import { generateKeys } from 'latchkey'
import { expect, test } from 'vitest'
import { codeOf, issuer, keys, openEngine, plain, start } from '../helpers/engine.ts'
import { jws, privateKeyOf } from '../helpers/jws.ts'

const at = start / 1000
const header = { typ: 'at+jwt' }
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

test('refuses 3: PS256 with the very RSA key that RS256 is for (JW-2)', async () => {
  const rsa = generateKeys('RS256')
  const { latchkey } = await openEngine({ keys: { ...keys, signing: rsa.signing } })
  const key = privateKeyOf(rsa.signing[0]!)
  const make = (alg: string, options: object) =>
    jws({ ...header, alg, kid: rsa.signing[0]!.kid }, payload, key, (text) =>
      sign('sha256', Buffer.from(text), { key, ...options }),
    )
  expect(await codeOf(latchkey.verify(make('RS256', {})))).toBe('ok')
  expect(
    await codeOf(latchkey.verify(make('PS256', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }))),
  ).toBe('access_invalid')
  expect(
    await codeOf(latchkey.verify(make('RS256', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }))),
  ).toBe('access_invalid')
})

test('refuses 8: a refresh token as an access token, and the other way round (JW-7)', async () => {
  const { latchkey } = await openEngine()
  const { accessToken, refreshToken } = await latchkey.signIn(plain)
  expect(await codeOf(latchkey.verify(refreshToken))).toBe('access_invalid')
  for (const transport of ['body', 'cookie', 'header'] as const) {
    expect(await codeOf(latchkey.refresh({ token: accessToken, transport }))).toBe('token_invalid')
  }
})
