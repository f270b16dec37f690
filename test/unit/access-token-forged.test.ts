// Attack cases 1 to 11 of the requirements: headers and signatures. Every token is whole but for the one thing that the
// row names, most of them signed with the true key, so that a refusal has one possible reason.

import { createHmac, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import { generateKeys } from 'latchkey'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { codeOf, issuer, keys, openEngine, plain, start, type OpenedEngine } from '../helpers/engine.ts'
import { encode, jws, privateKeyOf } from '../helpers/jws.ts'

const [signing] = keys.signing
const ours = privateKeyOf(signing!)
const publicKey = createPublicKey(ours)
const second = generateKeys('Ed25519').signing[0]!
const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const attackerJwk = attacker.publicKey.export({ format: 'jwk' })
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

const withHeader = (over: object): string => jws({ ...header, ...over }, payload, ours)
const without = (name: string): string => {
  const { [name as 'typ']: _, ...others } = header
  return jws(others, payload, ours)
}
const good = withHeader({})
const [goodHeader, goodPayload, goodSignature] = good.split('.') as [string, string, string]
const hs256 = (secret: string | Buffer) =>
  jws({ ...header, alg: 'HS256' }, payload, ours, (text) => createHmac('sha256', secret).update(text).digest())
const signedBy = (over: object, signer: (text: string, key: KeyObject) => Buffer, key = ours): string =>
  jws({ ...header, ...over }, payload, key, signer)
const raw = (hash: string) => (text: string, key: KeyObject) =>
  sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
const ecKey = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey
const jwk = publicKey.export({ format: 'jwk' })
const flipped = (text: string, bit: number): string => {
  const bytes = Buffer.from(text, 'base64url')
  bytes[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7)
  return bytes.toString('base64url')
}

const algorithms: unknown[] = [
  'none',
  'None',
  'NONE',
  'noNE',
  '',
  null,
  0,
  [],
  ['ES256'],
  {},
  'es256',
  'ES256 ',
  'RS256',
]
const kids: unknown[] = [
  '../../dev/null',
  "' OR 1=1--",
  '__proto__',
  'constructor',
  'k'.repeat(10_000),
  {},
  ['k'],
  [signing!.kid],
  null,
  7,
  '',
  '\0',
  `${signing!.kid}\0`,
  second.kid,
]
const types: unknown[] = [
  'JWT',
  'rt+jwt',
  'dpop+jwt',
  'dbsc+jwt',
  'logout+jwt',
  'at',
  'jwt',
  'at+jwt ',
  '',
  null,
  7,
  ['at+jwt'],
  {},
]

const attacks: readonly (readonly [string, string])[] = [
  ...algorithms.map((alg) => [`1: alg ${JSON.stringify(alg)}`, withHeader({ alg })] as const),
  ...['none', 'None', 'NONE', 'noNE', ''].map(
    (alg) => [`1: alg "${alg}" without signature`, `${encode({ ...header, alg })}.${goodPayload}.`] as const,
  ),
  ['1: no alg', without('alg')],
  ['2: HS256 with the public key in PEM', hs256(publicKey.export({ type: 'spki', format: 'pem' }))],
  ['2: HS256 with the public key in DER', hs256(publicKey.export({ type: 'spki', format: 'der' }))],
  ['2: HS256 with the public JWK', hs256(JSON.stringify(jwk))],
  ['2: HS256 with the raw point', hs256(Buffer.from(`${jwk.x}${jwk.y}`, 'base64url'))],
  ['2: HS256 with an empty secret', hs256('')],
  [
    '3: RS256 under an ES256 kid',
    signedBy(
      { alg: 'RS256' },
      (text, key) => sign('sha256', Buffer.from(text), key),
      generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    ),
  ],
  ['3: ES384 under an ES256 kid', signedBy({ alg: 'ES384' }, raw('sha384'), ecKey('P-384'))],
  ['3: ES256K under an ES256 kid', signedBy({ alg: 'ES256K' }, raw('sha256'), ecKey('secp256k1'))],
  ['3: ES256 under an Ed25519 kid', withHeader({ kid: second.kid })],
  [
    '3: EdDSA under an Ed25519 kid',
    signedBy(
      { alg: 'EdDSA', kid: second.kid },
      (text, key) => sign(null, Buffer.from(text), key),
      privateKeyOf(second),
    ),
  ],
  ...Object.entries({
    jwk: attackerJwk,
    jku: 'https://mallory.example/jwks',
    x5u: 'https://mallory.example/x',
    x5c: ['MIIB'],
  }).flatMap(([name, value]) => [
    [
      `4: ${name} of a stranger, under our kid`,
      jws({ ...header, [name]: value }, payload, attacker.privateKey),
    ] as const,
    [
      `4: ${name} of a stranger, without kid`,
      jws({ alg: 'ES256', typ: 'at+jwt', [name]: value }, payload, attacker.privateKey),
    ] as const,
  ]),
  ...kids.map((kid) => [`5: kid ${JSON.stringify(kid).slice(0, 30)}`, withHeader({ kid })] as const),
  ['5: no kid', without('kid')],
  ...[['exp'], [], 'b64', ['b64'], ['__proto__'], null, {}].map(
    (crit) => [`6: crit ${JSON.stringify(crit)}`, withHeader({ crit })] as const,
  ),
  ['6: b64 false', withHeader({ b64: false })],
  ['6: b64 false, as crit says', withHeader({ crit: ['b64'], b64: false })],
  ...types.map((typ) => [`7: typ ${JSON.stringify(typ)}`, withHeader({ typ })] as const),
  ['7: no typ', without('typ')],
  ['9: an empty signature', `${goodHeader}.${goodPayload}.`],
  ['9: a signature that is cut', good.slice(0, -2)],
  [
    '9: a signature that is too long',
    `${goodHeader}.${goodPayload}.${Buffer.concat([Buffer.from(goodSignature, 'base64url'), Buffer.alloc(1)]).toString('base64url')}`,
  ],
  [
    '9: the signature of another token',
    `${goodHeader}.${goodPayload}.${jws(header, { ...payload, sub: 'eve' }, ours).split('.')[2]}`,
  ],
  ['9: r = s = 0', `${goodHeader}.${goodPayload}.${Buffer.alloc(64).toString('base64url')}`],
  ['9: a signature in DER', signedBy({}, (text, key) => sign('sha256', Buffer.from(text), key))],
  ['9: the header of another', `${encode({ ...header, extra: 1 })}.${goodPayload}.${goodSignature}`],
  ...['=', '==', ' ', '\n', '.', '.x', '\0', '%00', '+', '/'].map(
    (end) => [`10: ${JSON.stringify(end)} at the end`, good + end] as const,
  ),
  ...[' ', '\n', 'Bearer '].map((lead) => [`10: ${JSON.stringify(lead)} in front`, lead + good] as const),
  [
    '10: base64 instead of base64url',
    `${goodHeader}.${goodPayload}.${Buffer.from(goodSignature, 'base64url').toString('base64')}`,
  ],
  ['10: padding in the payload', `${goodHeader}.${goodPayload}=.${goodSignature}`],
  ['10: a space in the payload', `${goodHeader}.${goodPayload.slice(0, 9)} ${goodPayload.slice(9)}.${goodSignature}`],
]

let engine: OpenedEngine
beforeAll(async () => {
  engine = await openEngine({ keys: { ...keys, signing: [signing!, { ...second, alg: 'Ed25519' }] } })
})
afterEach(() => vi.restoreAllMocks())

describe('verify', () => {
  test('takes the token that all others here differ from, also by its long type (RFC 9068 s4) (AT-1)', async () => {
    expect(await codeOf(engine.latchkey.verify(good))).toBe('ok')
    expect(await codeOf(engine.latchkey.verify(withHeader({ typ: 'application/at+jwt' })))).toBe('ok')
  })

  test.each(attacks)('refuses %s (AT-1, AT-3, JW-1, JW-3, JW-4, JW-5, JW-6, JW-7)', async (_what, token) => {
    const ask = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('asked'))
    const [plainly, securely] = [vi.spyOn(http, 'request'), vi.spyOn(https, 'request')]
    expect(await codeOf(engine.latchkey.verify(token))).toBe('access_invalid')
    expect(engine.latchkey.seen(token)).toBeUndefined()
    for (const spy of [ask, plainly, securely]) expect(spy).not.toHaveBeenCalled()
  })

  test('refuses 9: whichever bit of whichever part is turned (AT-3)', async () => {
    for (let bit = 0; bit < 64 * 8; bit += 1) {
      const parts = [goodHeader, goodPayload, goodSignature]
      const part = bit % 3
      parts[part] = flipped(parts[part]!, bit * 5)
      expect(await codeOf(engine.latchkey.verify(parts.join('.')))).toBe('access_invalid')
    }
  })

  test('refuses 10: every other spelling of the signature (JW-5)', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const bytes = Buffer.from(goodSignature, 'base64url')
    const spellings = Array.from(alphabet)
      .map((last) => goodSignature.slice(0, -1) + last)
      .filter((text) => text !== goodSignature)
    const same = spellings.filter((text) => Buffer.from(text, 'base64url').equals(bytes))
    expect(same.length).toBeGreaterThan(0)
    for (const text of same)
      expect(await codeOf(engine.latchkey.verify(`${goodHeader}.${goodPayload}.${text}`))).toBe('access_invalid')
  })

  test('gives nothing to 11: the twin (r, n−s) of a signature shares the fate of its session', async () => {
    const { latchkey } = await openEngine()
    const { accessToken } = await latchkey.signIn(plain)
    const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const cut = accessToken.lastIndexOf('.') + 1
    const bytes = Buffer.from(accessToken.slice(cut), 'base64url')
    const s = n - BigInt(`0x${bytes.toString('hex', 32)}`)
    bytes.write(s.toString(16).padStart(64, '0'), 32, 'hex')
    const twin = accessToken.slice(0, cut) + bytes.toString('base64url')
    expect(twin).not.toBe(accessToken)
    const before = await codeOf(latchkey.verify(twin))
    await latchkey.revokeAll('ada')
    expect([before, await codeOf(latchkey.verify(twin))]).toEqual(['ok', 'access_ended'])
    expect(await codeOf(latchkey.verify(accessToken))).toBe('access_ended')
  })
})
