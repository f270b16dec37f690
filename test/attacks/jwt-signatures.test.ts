// Attack cases 1, 2, 3, 9, 10, 11: who may sign, and what a signature may look like. Each token is good but for the one
// thing that its row names. What is checked beside the status: no session moved, and the server called nobody.

import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { privateKeyOf } from '../helpers/jws.ts'
import { ask } from '../helpers/requests.ts'
import { refusedAsAccess, type Attacks } from './access-attacks.ts'
import { signingKeys, useTarget } from './target.ts'
import { header, ours, publicKeyOf, signerOf, type Forge } from './tokens.ts'

const target = useTarget()

const refused = (make: (forge: Forge) => Attacks): Promise<void> => refusedAsAccess(target(), make)

describe('attack 1: no algorithm, or one of another spelling', () => {
  const algorithms: unknown[] = [
    'none',
    'None',
    'NONE',
    'noNE',
    '',
    undefined,
    0,
    ['ES256'],
    {},
    null,
    'es256',
    'ES256 ',
  ]

  test('is 401, with a good signature and without any (JW-1, AT-3)', () =>
    refused((forge) => [
      ...algorithms.map((alg) => [`alg ${JSON.stringify(alg)}`, forge.header({ alg })] as const),
      ...algorithms.map((alg) => [`alg ${JSON.stringify(alg)}, unsigned`, forge.unsigned({ alg })] as const),
      ...algorithms.map((alg) => [`alg ${JSON.stringify(alg)}, signed A`, forge.unsigned({ alg }, 'A')] as const),
      ['none, without kid', forge.unsigned({ alg: 'none', kid: undefined })],
    ]))
})

describe('attack 2: HS256 with the public key as the secret', () => {
  test('is 401, whichever key in whichever form (JW-1, JW-2)', () =>
    refused((forge) => {
      const secrets = Object.values(signingKeys).flatMap((key) => {
        const publicKey = publicKeyOf(key)
        const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }))
        const pem = publicKey.export({ type: 'spki', format: 'pem' })
        return [pem, publicKey.export({ type: 'spki', format: 'der' }), jwk].map((secret) => [key.kid, secret] as const)
      })
      return [...secrets, [header.kid, ''] as const].map(([kid, secret], index) => {
        const signer = (text: string): Buffer => createHmac('sha256', secret).update(text).digest()
        return [`HS256 ${index}`, forge.signedBy({ alg: 'HS256', kid }, ours, signer)] as const
      })
    }))
})

describe('attack 3: one algorithm under the key of another', () => {
  test('is 401 for every pair that does not belong together (JW-2)', () =>
    refused((forge) => {
      const all = Object.values(signingKeys)
      const pairs = all.flatMap((key) => all.filter((other) => other !== key).map((other) => [key, other] as const))
      const swapped = pairs.flatMap(([key, other]) => [
        [
          `${other.alg} under ${key.alg}`,
          forge.signedBy({ alg: other.alg, kid: key.kid }, privateKeyOf(other), signerOf(other)),
        ] as const,
        [
          `${other.alg} named ${key.alg}`,
          forge.signedBy({ alg: key.alg, kid: key.kid }, privateKeyOf(other), signerOf(other)),
        ] as const,
      ])
      const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
      const raw = (hash: string) => (text: string) =>
        sign(hash, Buffer.from(text), { key: ours, dsaEncoding: 'ieee-p1363' })
      const pss = { key: privateKeyOf(signingKeys.rs256), padding: 6, saltLength: 32 }
      return [
        ...swapped,
        [
          'PS256 under RS256',
          forge.signedBy({ alg: 'PS256', kid: signingKeys.rs256.kid }, ours, (text) =>
            sign('sha256', Buffer.from(text), pss),
          ),
        ],
        ['ES384 with our key', forge.signedBy({ alg: 'ES384' }, ours, raw('sha384'))],
        ['ES384 of a stranger', forge.signedBy({ alg: 'ES384' }, ec('P-384'))],
        ['ES256K of a stranger', forge.signedBy({ alg: 'ES256K' }, ec('secp256k1'))],
        ['ES256 of a stranger', forge.signedBy({}, ec('P-256'))],
      ]
    }))
})

const flipped = (text: string, bit: number): string => {
  const bytes = Buffer.from(text, 'base64url')
  const at = (bit >> 3) % bytes.length
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7))
  return bytes.toString('base64url')
}

describe('attack 9: a broken signature', () => {
  test('is 401: empty, cut, too long, of another token, zero, in DER, one bit turned (JW-5)', () =>
    refused((forge) => {
      const [head, body, signature] = forge.parts
      const bytes = Buffer.from(signature, 'base64url')
      const other = forge.claims({ jti: 'another' }).split('.')[2] ?? ''
      const bits = Array.from({ length: 48 }, (_, index) => {
        const parts = forge.parts
        parts[index % 3] = flipped(parts[index % 3] ?? '', index * 37)
        return [`bit ${index * 37} of part ${index % 3}`, parts.join('.')] as const
      })
      return [
        ['empty', `${head}.${body}.`],
        ['cut', `${head}.${body}.${signature.slice(0, -2)}`],
        ['half', `${head}.${body}.${bytes.subarray(0, 32).toString('base64url')}`],
        ['too long', `${head}.${body}.${Buffer.concat([bytes, Buffer.alloc(1)]).toString('base64url')}`],
        ['of another token', `${head}.${body}.${other}`],
        ['r = s = 0', `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`],
        ['in DER', forge.signedBy({}, ours, (text, key) => sign('sha256', Buffer.from(text), key))],
        ['of no part', `${body}.${signature}`],
        ...bits,
      ]
    }))
})

describe('attack 10: other spellings of the same bytes', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

  test('is 401: padding, spare bits, blanks, the other alphabet (JW-5)', () =>
    refused((forge) => {
      const [head, body, signature] = forge.parts
      const bytes = Buffer.from(signature, 'base64url')
      const twins = Array.from(alphabet, (last) => signature.slice(0, -1) + last).filter(
        (text) => text !== signature && Buffer.from(text, 'base64url').equals(bytes),
      )
      expect(twins.length).toBeGreaterThan(0)
      return [
        ...twins.map((text) => [`spare bits ${text.at(-1)}`, `${head}.${body}.${text}`] as const),
        ...['=', '==', '.', '.AQ', '%00', '+', '/', ' x', ', Bearer x'].map(
          (end) => [`then ${end}`, forge.good + end] as const,
        ),
        ...['"', "'", '{'].map((around) => [`in ${around}`, around + forge.good + around] as const),
        ['base64', `${head}.${body}.${bytes.toString('base64')}`],
        ['padding inside', `${head}.${body}=.${signature}`],
        ['a space inside', `${head}.${body.slice(0, 9)} ${body.slice(9)}.${signature}`],
      ]
    }))

  test('a revoked token stays revoked in every spelling', async () => {
    const { accessToken } = await target().signIn()
    await target().send('POST /logout', [`Authorization: Bearer ${accessToken}`])
    for (const end of ['', '=', '.', ' ']) {
      expect((await target().send('GET /me', [`Authorization: Bearer ${accessToken}${end}`])).status).toBe(401)
    }
  })
})

describe('attack 11: the twin (r, n−s) of a signature', () => {
  test('shares the fate of its session: good while that lives, 401 after (JW-7)', async () => {
    const { accessToken } = await target().signIn()
    const cut = accessToken.lastIndexOf('.') + 1
    const bytes = Buffer.from(accessToken.slice(cut), 'base64url')
    const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    bytes.write((n - BigInt(`0x${bytes.toString('hex', 32)}`)).toString(16).padStart(64, '0'), 32, 'hex')
    const twin = accessToken.slice(0, cut) + bytes.toString('base64url')
    expect(twin).not.toBe(accessToken)
    const before = (await ask(target().url, 'GET /me', { bearer: twin })).status
    await ask(target().url, 'POST /logout', { bearer: accessToken })
    expect([before, (await ask(target().url, 'GET /me', { bearer: twin })).status]).toEqual([200, 401])
  })
})
