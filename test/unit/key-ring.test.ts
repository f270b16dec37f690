import { createHmac, createPublicKey, generateKeyPairSync, hkdfSync } from 'node:crypto'
import { generateKeys, MisuseError, type KeySet, type SigningAlgorithm } from 'latchkey'
import { describe, expect, test } from 'vitest'
import { createKeyRing, signingAlgorithms } from '../../packages/latchkey/src/core/key-ring.ts'
import { privateKeyOf } from '../helpers/jws.ts'

const rsa = (modulusLength: number, publicExponent = 0x10001) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey.export({ format: 'jwk' })
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'jwk' })

const good = generateKeys()
const [goodRefresh] = good.refresh
const [goodSigning] = good.signing
const p256 = goodSigning!.privateJwk
const ed25519 = generateKeys('Ed25519').signing[0]!.privateJwk
const rsa2048 = rsa(2048)

const withRefresh = (...refresh: unknown[]): KeySet => ({ ...good, refresh }) as KeySet
const withSigning = (...signing: unknown[]): KeySet => ({ ...good, signing }) as KeySet
const root = (bytes: number) => Buffer.alloc(bytes, 0xa5).toString('base64url')
const signing = (over: object) => withSigning({ ...goodSigning, ...over })

const refused: readonly (readonly [string, KeySet])[] = [
  ['no refresh key', withRefresh()],
  ['no signing key', withSigning()],
  ['a refresh key that is null', withRefresh(null)],
  ['a signing key that is null', withSigning(null)],
  ['a root of 31 bytes', withRefresh({ kid: 1, root: root(31) })],
  ['an empty root', withRefresh({ kid: 1, root: '' })],
  ['a root that is bytes', withRefresh({ kid: 1, root: Buffer.alloc(32) })],
  ['a root in base64', withRefresh({ kid: 1, root: `${root(32).slice(0, 42)}+/` })],
  ['a root with padding', withRefresh({ kid: 1, root: `${root(32)}=` })],
  ['a root with a line end', withRefresh({ kid: 1, root: `${root(32)}\n` })],
  ...[-1, 256, 1.5, Number.NaN, '1', null, undefined].map(
    (kid) => [`the refresh kid ${String(kid)}`, withRefresh({ kid, root: root(32) })] as const,
  ),
  ['two refresh keys of one kid', withRefresh(goodRefresh, { kid: 1, root: root(32) })],
  ['two signing keys of one kid', withSigning(goodSigning, { ...goodSigning })],
  ...['', 'a b', 'ä', '../x', 'a\0', 'a\n', 'k'.repeat(129), 7, null].map(
    (kid) => [`the signing kid ${JSON.stringify(kid).slice(0, 20)}`, signing({ kid })] as const,
  ),
  ...['HS256', 'none', 'ES384', 'PS256', 'es256', '', undefined].map(
    (alg) => [`the algorithm ${String(alg)}`, signing({ alg })] as const,
  ),
  ['an RSA key of 1024 bits', signing({ alg: 'RS256', privateJwk: rsa(1024) })],
  ['an RSA key with exponent 3', signing({ alg: 'RS256', privateJwk: rsa(2048, 3) })],
  ['a P-384 key for ES256', signing({ privateJwk: ec('P-384') })],
  ['a secp256k1 key for ES256', signing({ privateJwk: ec('secp256k1') })],
  [
    'an Ed448 key for EdDSA',
    signing({ alg: 'EdDSA', privateJwk: generateKeyPairSync('ed448').privateKey.export({ format: 'jwk' }) }),
  ],
  ['an RSA key for ES256', signing({ privateJwk: rsa2048 })],
  ['an EC key for RS256', signing({ alg: 'RS256' })],
  ['an EC key for EdDSA', signing({ alg: 'EdDSA' })],
  ['an Ed25519 key for ES256', signing({ privateJwk: ed25519 })],
  ['a public key', signing({ privateJwk: createPublicKey(privateKeyOf(goodSigning!)).export({ format: 'jwk' }) })],
  ['a symmetric key', signing({ privateJwk: { kty: 'oct', k: root(32) } })],
  ['a point that is not on the curve', signing({ privateJwk: { ...p256, y: p256.x } })],
  ['a public half of another key', signing({ privateJwk: { ...ec('P-256'), d: p256.d } })],
  ['an empty JWK', signing({ privateJwk: {} })],
  ['no JWK', signing({ privateJwk: undefined })],
  ['a JWK as text', signing({ privateJwk: JSON.stringify(p256) })],
]

/** Every string in these keys that must stay secret. */
const secrets = (keys: KeySet): string[] =>
  [
    ...keys.refresh.map((key) => key?.root),
    ...keys.signing.flatMap((key) => [key?.privateJwk?.d, key?.privateJwk?.p, key?.privateJwk?.k, key?.privateJwk]),
  ].filter((secret): secret is string => typeof secret === 'string' && secret !== '')

function refusalOf(keys: KeySet): unknown {
  try {
    createKeyRing(keys)
    return null
  } catch (error) {
    return error
  }
}

describe('createKeyRing', () => {
  test.each(refused)('refuses %s, and quotes no key (I4, JW-8, JW-9)', (_what, keys) => {
    const error = refusalOf(keys)
    expect(error).toBeInstanceOf(MisuseError)
    expect(error).toMatchObject({ code: 'keys_invalid', message: expect.stringMatching(/^keys\.(refresh|signing)/) })
    const shown = `${(error as Error).message} ${(error as Error).stack} ${String((error as Error).cause)}`
    for (const secret of secrets(keys)) expect(shown).not.toContain(secret)
  })

  test.each(signingAlgorithms)('takes what generateKeys makes for %s', (alg: SigningAlgorithm) => {
    const keys = generateKeys(alg)
    const ring = createKeyRing(keys)
    expect(ring.activeSigner(0)).toMatchObject({ kid: keys.signing[0]!.kid, alg })
    expect(ring.activeSigner(0).publicKey.type).toBe('public')
  })

  test('takes the limits of every field', () => {
    for (const kid of [0, 255]) expect(createKeyRing(withRefresh({ kid, root: root(32) })).activeRoot(0).kid).toBe(kid)
    expect(createKeyRing(withRefresh({ kid: 1, root: root(512) })).roots.size).toBe(1)
    for (const kid of ['a', '-', '_', 'k'.repeat(128), '__proto__', 'constructor']) {
      expect(createKeyRing(signing({ kid })).signers.get(kid)).toBeDefined()
    }
  })

  test('uses the first key of each list, and keeps the others', () => {
    const retired = generateKeys('Ed25519')
    const ring = createKeyRing({
      refresh: [goodRefresh!, { kid: 9, root: root(32) }],
      signing: [goodSigning!, ...retired.signing],
    })
    expect(ring.activeRoot(0).kid).toBe(1)
    expect([...ring.roots.keys()]).toEqual([1, 9])
    expect(ring.activeSigner(0).kid).toBe(goodSigning!.kid)
    expect([...ring.signers.keys()]).toEqual([goodSigning!.kid, retired.signing[0]!.kid])
  })

  test('derives a key for each purpose, none of which is the root', () => {
    const activeRoot = createKeyRing(withRefresh({ kid: 1, root: root(32) })).activeRoot(0)
    const derived = (info: string) => Buffer.from(hkdfSync('sha256', Buffer.from(root(32), 'base64url'), '', info, 32))
    expect(activeRoot.refresh.export()).toEqual(derived('latchkey/refresh-key/v1'))
    expect(activeRoot.nonce.export()).toEqual(derived('latchkey/nonce-key/v1'))
    const all = [activeRoot.root, activeRoot.refresh, activeRoot.nonce].map((key) => key.export().toString('hex'))
    expect(new Set(all).size).toBe(3)
  })

  test('tells roots apart by a fingerprint that tells nothing of them', () => {
    const fingerprints = () =>
      [...createKeyRing(withRefresh({ kid: 1, root: root(32) }, { kid: 2, root: root(33) })).roots.values()].map(
        ({ fingerprint }) => fingerprint,
      )
    const [one, other] = fingerprints()
    expect(one).not.toBe(other)
    expect(fingerprints()).toEqual([one, other])
    for (const text of fingerprints()) expect(text).toMatch(/^[\w-]{22}$/)
    const secret = Buffer.from(root(32), 'base64url')
    const plainly = createHmac('sha256', secret).update('latchkey/fingerprint/v1').digest('base64url')
    expect(plainly).not.toContain(one)
  })
})
