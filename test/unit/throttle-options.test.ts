// What `createSessions({ throttle })` takes, and what it refuses.

import { describe, expect, test } from 'vitest'
import { MisuseError, throttleFields, type ThrottleName } from 'latchkey'
import { limitsOf } from '../../packages/latchkey/src/express/throttle/options.ts'

const names = Object.keys(throttleFields) as ThrottleName[]
const given = (options: unknown): unknown => limitsOf(options as Parameters<typeof limitsOf>[0])
const codeOf = (options: unknown): string | undefined => {
  try {
    given(options)
    return undefined
  } catch (error) {
    return error instanceof MisuseError ? `${error.code}: ${error.message}` : 'something else'
  }
}

describe('the limits on tries', () => {
  test('have defaults inside their ranges, and an account’s wait is short (TE-10)', () => {
    const defaults = limitsOf({})
    for (const name of names) {
      expect(defaults[name]).toBe(throttleFields[name].default)
      expect(codeOf({ [name]: throttleFields[name].default })).toBeUndefined()
    }
    expect(throttleFields.accountWaitSeconds.max).toBeLessThanOrEqual(300)
  })

  test.each(names)('%s has a least and a greatest value, and takes whole numbers alone', (name) => {
    const { min, max } = throttleFields[name]
    for (const value of [min, max]) expect(given({ [name]: value })).toMatchObject({ [name]: value })
    for (const value of [min - 1, max + 1, min + 0.5, NaN, Infinity, String(min), null, [min], true]) {
      expect(codeOf({ [name]: value })).toMatch(new RegExp(`^option_invalid: throttle\\.${name} must be an integer`))
    }
  })

  test('are refused under unknown names, and as anything but an object', () => {
    for (const options of [null, true, 'off', 7, []]) expect(codeOf(options)).toMatch(/^option_invalid/)
    expect(codeOf({ tries: 5 })).toMatch(/has no option "tries"/)
    expect(codeOf(JSON.parse('{"__proto__": {"pairTries": 1}}'))).toMatch(/^option_invalid/)
  })

  test('are read from own properties alone (attack 45)', () => {
    const options: unknown = Object.create({ pairTries: 1, surprise: true })
    expect(given(options)).toMatchObject({ pairTries: throttleFields.pairTries.default })
  })
})
