// The settings of the throttle, and that those without effect are refused.

import { expect, test } from 'vitest'
import { throttleFields, type ThrottleName } from 'latchkey'
import { ConfigError, readConfig } from '../../packages/latchkey-server/src/config.ts'

const names = Object.keys(throttleFields) as ThrottleName[]

const faultsOf = (env: Record<string, string>): string => {
  try {
    readConfig(env)
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

test('limit tries where nothing is said, with the defaults of the library (TE-10)', () => {
  const defaults = Object.fromEntries(names.map((name) => [name, throttleFields[name].default]))
  expect(readConfig({}).throttle).toEqual(defaults)
})

test('have a row for each limit, within its range', () => {
  expect(readConfig({ LATCHKEY_THROTTLE_PAIR_TRIES: '7' }).throttle).toMatchObject({ pairTries: 7, addressTries: 50 })
  expect(readConfig({ LATCHKEY_THROTTLE_RENEWALS_PER_MINUTE: '90' }).throttle).toMatchObject({ renewalsPerMinute: 90 })
  expect(faultsOf({ LATCHKEY_THROTTLE_ACCOUNT_WAIT_SECONDS: '301' })).toMatch(
    /^LATCHKEY_THROTTLE_ACCOUNT_WAIT_SECONDS: /,
  )
  expect(faultsOf({ LATCHKEY_THROTTLE_PAIR_TRIES: 'many' })).toMatch(/must be a whole number/)
})

test('switch it off, and then take no limits', () => {
  expect(readConfig({ LATCHKEY_THROTTLE: 'off' }).throttle).toBe(false)
  expect(faultsOf({ LATCHKEY_THROTTLE: 'no' })).toMatch(/^LATCHKEY_THROTTLE: /)
  expect(faultsOf({ LATCHKEY_THROTTLE: 'off', LATCHKEY_THROTTLE_PAIR_TRIES: '7' })).toBe(
    'LATCHKEY_THROTTLE_PAIR_TRIES: only with LATCHKEY_THROTTLE=on; take it away',
  )
})
