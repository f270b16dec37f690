import { createLatchkey, MisuseError, policyFields, type LatchkeyOptions } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { describe, expect, test } from 'vitest'
import { codeOf, issuer, keys, payloadOf, plain, withVerbs } from '../helpers/engine.ts'

const base = (): LatchkeyOptions => ({ issuer, keys, store: memoryStore() })
const refusal = (options: unknown): Promise<unknown> =>
  createLatchkey(options as LatchkeyOptions).then(
    () => null,
    (error: unknown) => error,
  )

/** Runs with one more property on every object, and takes it away whatever happens. */
async function polluted<Result>(name: string, value: unknown, act: () => Promise<Result>): Promise<Result> {
  const everything = Object.getPrototypeOf({}) as object
  Object.defineProperty(everything, name, { value, configurable: true, enumerable: false, writable: true })
  try {
    return await act()
  } finally {
    Reflect.deleteProperty(everything, name)
  }
}

const wrong: readonly (readonly [string, object])[] = [
  ...[undefined, null, '', 'auth.example', '/auth', 'ftp://a.example', 'javascript:alert(1)', 7, {}, [issuer]].map(
    (value) => ['issuer', { issuer: value }] as const,
  ),
  ...['?', '?a=b', '#', '#a'].map((end) => ['issuer', { issuer: issuer + end }] as const),
  ...['ada@', 'ada:pass@', ':pass@'].map((user) => ['issuer', { issuer: `https://${user}a.example` }] as const),
  ...['', 7, {}, [], [''], ['a', 7], ['a', null], [['a']]].map((audience) => ['audience', { audience }] as const),
  ...[undefined, null, {}, 'memory', memoryStore, { find: () => null }].map((store) => ['store', { store }] as const),
  ...[undefined, null, {}, [], { refresh: [] }, { refresh: {}, signing: {} }].map(
    (value) => ['keys', { keys: value }] as const,
  ),
  ...['yes', {}, 7, true].map((renew) => ['renew', { renew }] as const),
  ...['yes', {}].map((onListenerError) => ['onListenerError', { onListenerError }] as const),
]

describe('createLatchkey', () => {
  test('takes what it needs and nothing more', async () => {
    expect(await refusal(base())).toBeNull()
  })

  test.each([undefined, null, 'options', 7, []])('refuses %j in place of options', async (options) => {
    const error = await refusal(options)
    expect(error).toBeInstanceOf(MisuseError)
    expect(error).toMatchObject({ code: 'option_invalid' })
  })

  test.each(wrong)('refuses a wrong %s, naming it (%#)', async (name, options) => {
    const error = await refusal({ ...base(), ...options })
    expect(error).toBeInstanceOf(MisuseError)
    expect(error).toMatchObject({ code: 'option_invalid', message: expect.stringContaining(name) })
  })

  test.each(['accessTokenSeconds', 'AccessSeconds', 'secret', 'constructor', 'toString', 'hasOwnProperty', ''])(
    'refuses the unknown option "%s", and says which there are',
    async (name) => {
      const error = await refusal({ ...base(), [name]: 1 })
      expect(error).toMatchObject({ code: 'option_invalid', message: expect.stringContaining(`"${name}"`) })
      for (const known of Object.keys(policyFields)) expect((error as Error).message).toContain(known)
    },
  )

  test('refuses __proto__ as an option of its own', async () => {
    const own: unknown = JSON.parse('{"__proto__":{"renew":1}}')
    for (const options of [{ ...base(), ...(own as object) }, Object.assign(Object.create(null), base(), own)]) {
      expect(await refusal(options)).toMatchObject({ code: 'option_invalid' })
    }
  })

  test.each([
    'identify',
    'insert',
    'find',
    'findPublic',
    'advance',
    'list',
    'revoke',
    'revokeAll',
    'sweep',
    'revokedSince',
    'watch',
    'ping',
    'close',
  ])('refuses a store without %s', async (verb) => {
    const store = withVerbs(memoryStore(), { [verb]: undefined })
    expect(await refusal({ ...base(), store })).toMatchObject({ code: 'option_invalid' })
  })

  test('takes options without a prototype', async () => {
    expect(await refusal(Object.assign(Object.create(null), base()))).toBeNull()
  })

  test('issues for itself where no audience is named, and for each that is (AT-5)', async () => {
    const audienceOf = async (options: Partial<LatchkeyOptions>): Promise<unknown> => {
      const latchkey = await createLatchkey({ ...base(), ...options })
      const { accessToken } = await latchkey.signIn(plain)
      expect(await codeOf(latchkey.verify(accessToken))).toBe('ok')
      return payloadOf(accessToken)['aud']
    }
    expect(await audienceOf({})).toBe(issuer)
    expect(await audienceOf({ audience: 'https://api.example' })).toBe('https://api.example')
    expect(await audienceOf({ audience: ['one'] })).toBe('one')
    expect(await audienceOf({ audience: ['one', 'two'] })).toEqual(['one', 'two'])
  })
})

describe('a polluted prototype', () => {
  test('sets no audience', async () => {
    const latchkey = await polluted('audience', 'https://mallory.example', () => createLatchkey(base()))
    expect(payloadOf((await latchkey.signIn(plain)).accessToken)['aud']).toBe(issuer)
  })

  test('sets no renew hook', async () => {
    const latchkey = await polluted(
      'renew',
      () => ({ refuse: true }),
      () => createLatchkey(base()),
    )
    const { refreshToken } = await latchkey.signIn(plain)
    expect(await codeOf(latchkey.refresh({ token: refreshToken, transport: 'body' }))).toBe('ok')
  })

  test('sets no lifetime, limit or policy (SE-16)', async () => {
    for (const [name, value] of [
      ['accessSeconds', 5],
      ['whenFull', 'refuse'],
      ['maxSessions', 1],
    ] as const) {
      const latchkey = await polluted(name, value, () => createLatchkey(base()))
      await latchkey.signIn(plain)
      expect((await latchkey.signIn(plain)).expiresInSeconds).toBe(600)
    }
  })

  test('stands in for no issuer, store or keys', async () => {
    for (const name of ['issuer', 'store', 'keys'] as const) {
      const options = base()
      const { [name]: value, ...others } = options
      expect(await polluted(name, value, () => refusal(others))).toMatchObject({ code: 'option_invalid' })
    }
  })
})
