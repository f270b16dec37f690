import { inspect } from 'node:util'
import { errorCodes, isLatchkeyError, LatchkeyError, MisuseError, type ErrorCode } from 'latchkey'
import { describe, expect, test } from 'vitest'

const codes = Object.keys(errorCodes) as ErrorCode[]
const secret = 'lkr1_secret'

describe('the registry of refusals (I8)', () => {
  test.each(codes)('%s has a sentence that may be shown to anyone', (code) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(errorCodes[code]).toMatch(/^[A-Z][^\n]{10,120}\.$/)
    expect(new LatchkeyError(code)).toMatchObject({ code, message: errorCodes[code], name: 'LatchkeyError' })
  })

  test('says something else for every code', () => {
    expect(new Set(Object.values(errorCodes)).size).toBe(codes.length)
  })
})

describe('a LatchkeyError', () => {
  const cause = new Error(secret)
  const error = new LatchkeyError('nonce_stale', { detail: secret, cause, nonce: 'n', retryAfterSeconds: 3 })

  test('carries what the edge needs', () => {
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ code: 'nonce_stale', nonce: 'n', retryAfterSeconds: 3 })
    expect(error.detail).toBe(secret)
    expect(error.cause).toBe(cause)
  })

  test('shows neither detail nor cause when it is serialised, spread or listed (I4, PD-4)', () => {
    for (const shown of [
      JSON.stringify(error),
      JSON.stringify(Object.assign({}, error)),
      Object.keys(error).join(),
      String(error),
    ]) {
      expect(shown).not.toContain(secret)
      expect(shown).not.toMatch(/detail|cause/)
    }
    expect(error.message).toBe(errorCodes.nonce_stale)
    expect(inspect(new LatchkeyError('internal', { detail: secret }))).not.toContain(secret)
    const names: string[] = []
    for (const name in error) names.push(name)
    expect(names).not.toContain('detail')
    expect(names).not.toContain('cause')
  })

  test('has no cause where none is given', () => {
    expect('cause' in new LatchkeyError('internal')).toBe(false)
    expect(new LatchkeyError('internal').detail).toBeUndefined()
  })

  test('is known by its brand, also to another copy of the package', () => {
    expect(isLatchkeyError(error)).toBe(true)
    const other = Object.defineProperty(new Error('from elsewhere'), Symbol.for('latchkey.error'), { value: true })
    expect(isLatchkeyError(other)).toBe(true)
  })

  test.each([
    [null],
    [undefined],
    ['session_ended'],
    [{ code: 'session_ended' }],
    [new Error('x')],
    [new MisuseError('argument_invalid', 'x')],
    [Object.create(error)],
  ])('is not taken for one: %s', (value: unknown) => {
    expect(isLatchkeyError(value)).toBe(false)
  })
})

describe('a MisuseError', () => {
  test('is a TypeError with a code, and no answer to a request', () => {
    const error = new MisuseError('keys_invalid', 'mend this')
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ name: 'MisuseError', code: 'keys_invalid', message: 'mend this' })
    expect(isLatchkeyError(error)).toBe(false)
  })
})
