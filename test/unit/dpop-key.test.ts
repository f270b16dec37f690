// The key inside a proof: public, of a kind and a size that can be trusted, and in one spelling (JW-8, attack 18).

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { proofKeyOf } from '../../packages/latchkey/src/express/dpop/public-key.ts'
import { openProof } from '../../packages/latchkey/src/express/dpop/proof.ts'
import { DpopKey } from '../helpers/dpop.ts'
import { codeOf } from '../helpers/engine.ts'

type Jwk = Readonly<Record<string, unknown>>

const ec = new DpopKey().jwk
const okp = new DpopKey('Ed25519').jwk
const rsaPair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsa = rsaPair.publicKey.export({ format: 'jwk' }) as Jwk
const judged = (alg: string, jwk: unknown): Promise<string> => codeOf(() => proofKeyOf(alg, jwk))

async function expectRefused(cases: readonly (readonly [string, string, unknown])[]): Promise<void> {
  const outcomes = await Promise.all(cases.map(async ([name, alg, jwk]) => [name, await judged(alg, jwk)] as const))
  expect(outcomes).toEqual(cases.map(([name]) => [name, 'dpop_invalid']))
}

const bytes = (value: unknown): Buffer => Buffer.from(String(value), 'base64url')
const rsaOf = (modulusLength: number): Jwk =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })

describe('the key of a proof', () => {
  it('is taken as a public key of each kind (DP-2)', async () => {
    for (const [alg, jwk] of [
      ['ES256', ec],
      ['Ed25519', okp],
      ['EdDSA', okp],
      ['RS256', rsa],
      ['PS256', rsa],
    ] as const) {
      expect([alg, await judged(alg, jwk)]).toEqual([alg, 'ok'])
    }
  })

  it('is refused with any private member, though node would take it (DP-2, JW-8, attack 18)', async () => {
    const own = new DpopKey()
    const d = (own.privateKey.export({ format: 'jwk' }) as Jwk)['d']
    const proof = own.proof({ method: 'POST', url: 'https://a.example/', header: { jwk: { ...own.jwk, d } } })
    expect(await codeOf(openProof(proof))).toBe('dpop_invalid')
    const whole = rsaPair.privateKey.export({ format: 'jwk' }) as Jwk
    await expectRefused([
      ['d', 'ES256', { ...ec, d: 'AQ' }],
      ...['d', 'p', 'q', 'dp', 'dq', 'qi'].map((name) => [name, 'RS256', { ...rsa, [name]: whole[name] }] as const),
      ['oth', 'RS256', { ...rsa, oth: [] }],
      ['k', 'ES256', { ...ec, k: 'AQ' }],
    ])
  })

  it('is refused where it is no key for this algorithm, symmetric, or another curve (attack 3, attack 18)', () =>
    expectRefused([
      ['nothing', 'ES256', undefined],
      ['null', 'ES256', null],
      ['a text', 'ES256', JSON.stringify(ec)],
      ['a list', 'ES256', [ec]],
      ['symmetric', 'ES256', { kty: 'oct', k: 'AAAA' }],
      ['RSA for ES256', 'ES256', rsa],
      ['EC for RS256', 'RS256', ec],
      ['P-384', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })],
      ['P-256 in words', 'ES256', { ...ec, crv: 'p-256' }],
      ['X25519', 'EdDSA', generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })],
      ['Ed448', 'EdDSA', generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' })],
      ['a curve for RSA', 'RS256', { ...rsa, crv: 'P-256' }],
      ['type by its prototype', 'ES256', JSON.parse(`{"__proto__":${JSON.stringify(ec)}}`)],
    ]))

  it('is refused off its curve, and with coordinates of another length (JW-8, attack 18)', async () => {
    const off = bytes(ec['y'])
    off[31] = off.readUInt8(31) ^ 1
    await expectRefused([
      ['off its curve', 'ES256', { ...ec, y: off.toString('base64url') }],
      [
        'zero',
        'ES256',
        { ...ec, x: Buffer.alloc(32).toString('base64url'), y: Buffer.alloc(32).toString('base64url') },
      ],
      ['31 bytes', 'ES256', { ...ec, x: bytes(ec['x']).subarray(1).toString('base64url') }],
      ['33 bytes', 'ES256', { ...ec, x: Buffer.concat([Buffer.alloc(1), bytes(ec['x'])]).toString('base64url') }],
      ['a number', 'ES256', { ...ec, x: 1 }],
      ['no y', 'ES256', { ...ec, y: undefined }],
      ['33 bytes of Ed25519', 'EdDSA', { ...okp, x: Buffer.alloc(33, 7).toString('base64url') }],
    ])
  })

  it('is refused as RSA below 2048 bits, with an exponent other than 65537, or beyond 4096 bits (JW-8, attack 18)', () =>
    expectRefused([
      ['512 bits', 'RS256', rsaOf(512)],
      ['1024 bits', 'PS256', rsaOf(1024)],
      ['2047 bits in 256 bytes', 'RS256', { ...rsa, n: Buffer.alloc(256, 0x7f).toString('base64url') }],
      ['e = 3', 'RS256', { ...rsa, e: 'Aw' }],
      ['e = 1', 'RS256', { ...rsa, e: 'AQ' }],
      ['e = 65539', 'RS256', { ...rsa, e: 'AQAD' }],
      ['even e', 'RS256', { ...rsa, e: 'AQAA' }],
      ['e with leading zeros', 'RS256', { ...rsa, e: 'AAEAAQ' }],
      [
        'n with a leading zero',
        'RS256',
        { ...rsa, n: Buffer.concat([Buffer.alloc(1), bytes(rsa['n'])]).toString('base64url') },
      ],
      ['even n', 'RS256', { ...rsa, n: Buffer.alloc(256, 0xfe).toString('base64url') }],
      ['8192 bits', 'RS256', { ...rsa, n: Buffer.alloc(1024, 0xff).toString('base64url') }],
    ]))

  it('is refused in a second spelling, which would be a second thumbprint (attack 10)', () =>
    expectRefused([
      ['padding', 'ES256', { ...ec, x: `${ec['x']}=` }],
      ['spare bits', 'ES256', { ...ec, x: respelt(String(ec['x'])) }],
      ['plain base64', 'RS256', { ...rsa, n: bytes(rsa['n']).toString('base64') }],
    ]))

  it('is refused where it says that it is for something else (JW-2)', () =>
    expectRefused([
      ['another algorithm', 'RS256', { ...rsa, alg: 'PS256' }],
      ['encryption', 'ES256', { ...ec, use: 'enc' }],
      ['signing', 'ES256', { ...ec, key_ops: ['sign'] }],
      ['operations in a text', 'ES256', { ...ec, key_ops: 'verify' }],
    ]))
})

// 32 bytes leave two spare bits in the last of 43 characters.
function respelt(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return text.slice(0, -1) + alphabet[alphabet.indexOf(text.at(-1) ?? '') + 1]
}
