// A DPoP proof by itself: which are opened, and everything that is not one. Each refusal differs from an honest proof in
// one respect, so that it has one possible reason.

import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openProof } from '../../packages/latchkey/src/express/dpop/proof.ts'
import { DpopKey, type ProofAlgorithm, type ProofOf } from '../helpers/dpop.ts'
import { codeOf } from '../helpers/engine.ts'

const url = 'https://auth.example/token'
const key = new DpopKey()
const request = { method: 'POST', url } as const
const honest = (more: Partial<ProofOf> = {}): string => key.proof({ ...request, ...more })
const withHeader = (header: Readonly<Record<string, unknown>>): string => honest({ header })
const judged = (proof: string): Promise<string> => codeOf(openProof(proof))
const text = (value: string | Buffer): string => Buffer.from(value).toString('base64url')
const parts = (proof: string): [string, string, string] => proof.split('.') as [string, string, string]

/** Every one of these by its name, with what became of it; each must be refused. */
async function expectRefused(cases: Readonly<Record<string, string>>): Promise<void> {
  const outcomes = await Promise.all(Object.entries(cases).map(async ([name, proof]) => [name, await judged(proof)]))
  expect(Object.fromEntries(outcomes)).toEqual(
    Object.fromEntries(Object.keys(cases).map((name) => [name, 'dpop_invalid'])),
  )
}

describe('an honest proof', () => {
  const algorithms: ProofAlgorithm[] = ['ES256', 'Ed25519', 'EdDSA', 'RS256', 'PS256']
  it.each(algorithms)(
    'is opened with %s, and names its key by the thumbprint of RFC 7638 (DP-2, DP-9)',
    async (alg) => {
      const own = new DpopKey(alg)
      const { thumbprint, claims } = await openProof(own.proof({ ...request, jti: 'one' }))
      expect(thumbprint).toBe(own.thumbprint)
      expect({ ...claims }).toMatchObject({ jti: 'one', htm: 'POST', htu: url })
    },
  )

  it('has the thumbprint of the example in RFC 9449 s6.1 for the key of s4.2 (DP-9)', async () => {
    const { proofKeyOf } = await import('../../packages/latchkey/src/express/dpop/public-key.ts')
    const jwk = {
      kty: 'EC',
      x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
      y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
      crv: 'P-256',
    }
    expect(proofKeyOf('ES256', jwk).thumbprint).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I')
  })

  it('may write its type in capitals, and its key as WebCrypto exports it', async () => {
    expect(await judged(withHeader({ typ: 'DPoP+JWT' }))).toBe('ok')
    const exported = { ...key.jwk, ext: true, key_ops: ['verify'], alg: 'ES256', use: 'sig', kid: 'mine' }
    expect(await judged(withHeader({ jwk: exported }))).toBe('ok')
  })
})

describe('the header', () => {
  it('must say dpop+jwt: no other kind of token is a proof (DP-2, JW-7, attack 7)', () =>
    expectRefused(
      Object.fromEntries(
        [
          undefined,
          '',
          'JWT',
          'at+jwt',
          'rt+jwt',
          'logout+jwt',
          'dbsc+jwt',
          'application/dpop+jwt',
          1,
          ['dpop+jwt'],
        ].map((typ) => [String(typ), withHeader({ typ })]),
      ),
    ))

  it('takes asymmetric algorithms of its list alone, by their exact names (DP-2, JW-1, attack 1)', () =>
    expectRefused(
      Object.fromEntries(
        [
          'none',
          'None',
          'NONE',
          'noNE',
          '',
          undefined,
          1,
          ['ES256'],
          'es256',
          'ES384',
          'ES256K',
          'HS256',
          '__proto__',
        ].map((alg) => [String(alg), withHeader({ alg })]),
      ),
    ))

  it('is refused where a mac is made with the public key, or nothing is signed (attack 1, attack 2)', async () => {
    const unsigned = parts(withHeader({ alg: 'none' }))
      .slice(0, 2)
      .join('.')
    const [head, payload] = parts(withHeader({ alg: 'HS256' }))
    const macs = [JSON.stringify(key.jwk), String(key.jwk['x'])].map((secret) =>
      createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url'),
    )
    await expectRefused({
      unsigned: `${unsigned}.`,
      'no third part': unsigned,
      ...Object.fromEntries(macs.map((mac) => [mac, `${head}.${payload}.${mac}`])),
    })
  })

  it('names no other key and no extension: jku, x5u, x5c, crit, b64 (JW-3, JW-6, attack 4, attack 6)', () =>
    expectRefused(
      Object.fromEntries(
        Object.entries({
          jku: 'https://evil.example/keys',
          x5u: 'https://evil.example/cert',
          x5c: ['MIIB'],
          x5t: 'abc',
          crit: ['exp'],
          b64: false,
        }).map(([name, value]) => [name, withHeader({ [name]: value })]),
      ),
    ))

  it('asks nobody for anything, whatever address it names (JW-3, attack 4)', async () => {
    const asked: unknown[] = []
    const real = globalThis.fetch
    globalThis.fetch = async (input) => {
      asked.push(input)
      throw new Error('no way out')
    }
    try {
      for (const name of ['jku', 'x5u', 'kid']) await judged(withHeader({ [name]: 'http://127.0.0.1:9/keys' }))
      await judged(withHeader({ jwk: { ...key.jwk, x5u: 'http://127.0.0.1:9/keys' } }))
    } finally {
      globalThis.fetch = real
    }
    expect(asked).toEqual([])
  })
})

describe('the signature', () => {
  it('must be that of the key in the header, over exactly these two parts (DP-2, attack 9)', async () => {
    const [head, payload, signature] = parts(honest())
    const other = parts(honest())
    const foreign = new DpopKey()
    const raw = Buffer.from(signature, 'base64url')
    const flipped = (part: string): string => (part.startsWith('e') ? `f${part.slice(1)}` : `e${part.slice(1)}`)
    await expectRefused({
      empty: `${head}.${payload}.`,
      truncated: `${head}.${payload}.${text(raw.subarray(0, 63))}`,
      'of another proof': `${head}.${payload}.${other[2]}`,
      'by another key': `${head}.${payload}.${parts(foreign.signedText(`${head}.${payload}`))[2]}`,
      'another key in the header': key.proof({ ...request, header: { jwk: foreign.jwk } }),
      'r = s = 0': `${head}.${payload}.${text(Buffer.alloc(64))}`,
      'in DER': `${head}.${payload}.${text(derOf(raw))}`,
      'another header': `${flipped(head)}.${payload}.${signature}`,
      'another payload': `${head}.${flipped(payload)}.${signature}`,
      'another signature': `${head}.${payload}.${flipped(signature)}`,
    })
  })
})

// ASN.1 with both numbers in 33 bytes, as OpenSSL writes them where the first bit is set.
const derOf = (raw: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0x30, 70, 2, 33, 0]), raw.subarray(0, 32), Buffer.from([2, 33, 0]), raw.subarray(32)])
