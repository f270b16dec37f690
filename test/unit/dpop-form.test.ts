// The form of a DPoP proof: one compact JWS that cannot be read in two ways, and cannot be too much to read (JW-5, JW-10).

import { describe, expect, it } from 'vitest'
import { openProof } from '../../packages/latchkey/src/express/dpop/proof.ts'
import { DpopKey, type ProofOf } from '../helpers/dpop.ts'
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

describe('the form', () => {
  it('is one compact JWS in the one spelling of base64url (JW-5, attack 10)', async () => {
    const [head, payload, signature] = parts(honest())
    const respelt = (part: string): string => {
      const last = part.at(-1) ?? ''
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      // 64 bytes leave four spare bits in the last character.
      return part.slice(0, -1) + alphabet[alphabet.indexOf(last) + 1]
    }
    await expectRefused({
      padding: `${head}.${payload}.${signature}==`,
      'a space': `${head}.${payload}.${signature} `,
      'a line feed': `${head}.${payload}\n.${signature}`,
      'plain base64': `${head}.${payload}.${Buffer.from(signature, 'base64url').toString('base64')}`,
      'spare bits': `${head}.${payload}.${respelt(signature)}`,
    })
  })

  it('is neither a JWE, nor JSON, nor several parts, nor an access token (attack 16, attack 17, JW-7)', async () => {
    const [head, payload, signature] = parts(honest())
    await expectRefused({
      nothing: '',
      'two parts': `${head}.${payload}`,
      'four parts': `${head}.${payload}.${signature}.${signature}`,
      JWE: [head, payload, payload, payload, signature].join('.'),
      'ten thousand parts': 'a.'.repeat(10_000),
      JSON: JSON.stringify({ protected: head, payload, signature }),
      'a mebibyte': `${head}.${'A'.repeat(1 << 20)}.${signature}`,
      'an access token': key.signed({ typ: 'at+jwt', alg: 'ES256', kid: 'one' }, { sub: 'ada' }),
    })
  })

  it('is refused unread above 8192 characters, and taken below (I7, attack 16)', async () => {
    const long = (characters: number): string => honest({ claims: { filler: 'x'.repeat(characters) } })
    expect([long(5600).length < 8192, await judged(long(5600))]).toEqual([true, 'ok'])
    expect([long(6200).length > 8192, await judged(long(6200))]).toEqual([true, 'dpop_invalid'])
  })

  it('names no member twice, not even in other letters (JW-10, attack 12)', async () => {
    const [, payload] = parts(honest())
    const head = JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk })
    const body = JSON.stringify({ jti: 'a', htm: 'POST', htu: url, iat: 1 })
    const extended = (json: string, more: string): string => text(`${json.slice(0, -1)},${more}}`)
    const headers = ['"alg":"ES256"', String.raw`"\u0061lg":"ES256"`, '"jwk":{}', '"o":{"a":1,"a":2}']
    const cases = headers.map((more) => [more, key.signedText(`${extended(head, more)}.${payload}`)])
    cases.push(['jti', key.signedText(`${text(head)}.${extended(body, '"jti":"b"')}`)])
    await expectRefused(Object.fromEntries(cases))
    // The same made by the same means, without the second name.
    expect(await judged(key.signedText(`${extended(head, '"o":{"a":1,"b":"\\",a\\":2"}')}.${text(body)}`))).toBe('ok')
  })

  it('is an object in UTF-8, and its __proto__ is a name like any other (attack 13)', async () => {
    const [head, payload] = parts(honest())
    const whole = Buffer.from(head, 'base64url').toString()
    const asText = (value: string | Buffer): string => key.signedText(`${text(value)}.${payload}`)
    expect(await judged(asText(whole))).toBe('ok')
    await expectRefused({
      list: asText('[]'),
      nothing: asText('null'),
      number: asText('1'),
      'no JSON': asText('{'),
      'byte order mark': asText(`\uFEFF${whole}`),
      'not UTF-8 in the payload': key.signedText(`${head}.${text(Buffer.from('{"a":"\xFF"}', 'latin1'))}`),
      'a list for a payload': key.signedText(`${head}.${text('[]')}`),
      'not UTF-8': asText(Buffer.from(`${whole.slice(0, -1)},"a":"\xFF"}`, 'latin1')),
      'only on a prototype': asText(`{"__proto__":${whole}}`),
    })
    const { claims } = await openProof(key.signedText(`${head}.${text('{"__proto__":{"htm":"POST"}}')}`))
    expect(claims['htm']).toBeUndefined()
  })

  it('takes nothing from a polluted prototype (attack 45)', async () => {
    const polluted = Object.prototype as Record<string, unknown>
    Object.assign(polluted, { typ: 'dpop+jwt', htm: 'POST' })
    try {
      expect(await judged(withHeader({ typ: undefined }))).toBe('dpop_invalid')
      expect((await openProof(honest({ claims: { htm: undefined } }))).claims['htm']).toBeUndefined()
    } finally {
      delete polluted['typ']
      delete polluted['htm']
    }
  })

  it('is not followed into depths: thousands of levels are an answer and no crash (attack 16)', async () => {
    const [head] = parts(honest())
    const deep = `{"a":${'['.repeat(2500)}${']'.repeat(2500)}}`
    expect(await judged(key.signedText(`${head}.${text(deep)}`))).toBe('ok')
  })
})
