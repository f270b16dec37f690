import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { generateKeys, type SigningAlgorithm } from 'latchkey'
import { describe, expect, test } from 'vitest'
import { privateKeyOf } from '../helpers/jws.ts'

const kinds = { ES256: 'ec', EdDSA: 'ed25519', Ed25519: 'ed25519', RS256: 'rsa' } as const

describe('generateKeys', () => {
  test('makes a root of 32 bytes, as kid 1 (RT-9, JW-9, SE-3)', () => {
    const { refresh } = generateKeys()
    expect(refresh).toEqual([{ kid: 1, root: expect.stringMatching(/^[\w-]{43}$/) }])
    expect(Buffer.from(refresh[0]!.root, 'base64url').length).toBe(32)
  })

  test.each(Object.entries(kinds))('makes a key pair that works for %s', (alg, kind) => {
    const [key] = generateKeys(alg as SigningAlgorithm).signing
    const privateKey = privateKeyOf(key!)
    expect(key).toMatchObject({ alg, kid: expect.stringMatching(/^[\w-]{11}$/) })
    expect(privateKey.asymmetricKeyType).toBe(kind)
    if (kind === 'rsa') expect(privateKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
    const hash = kind === 'ed25519' ? null : 'sha256'
    const signature = sign(hash, Buffer.from('text'), privateKey)
    expect(verify(hash, Buffer.from('text'), createPublicKey(privateKey), signature)).toBe(true)
  })

  test('signs with ES256 where nothing is said (AT-4)', () => {
    expect(generateKeys().signing[0]!.alg).toBe('ES256')
  })

  test('makes others every time (SE-3)', () => {
    const made = Array.from({ length: 20 }, () => generateKeys())
    for (const secret of [
      (one: (typeof made)[0]) => one.refresh[0]!.root,
      (one: (typeof made)[0]) => one.signing[0]!.kid,
    ]) {
      expect(new Set(made.map(secret)).size).toBe(20)
    }
  })

  test('makes what survives JSON', () => {
    const keys = generateKeys()
    const read = JSON.parse(JSON.stringify(keys)) as typeof keys
    expect(read).toEqual(keys)
    expect(createPrivateKey({ key: { ...read.signing[0]!.privateJwk }, format: 'jwk' }).type).toBe('private')
  })
})
