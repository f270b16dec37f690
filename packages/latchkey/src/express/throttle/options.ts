// What `createSessions({ throttle })` takes, checked.

import { MisuseError, throttleFields, type ThrottleLimits, type ThrottleName } from '../../index.ts'

/** Limits on tries that differ from the defaults; docs/throttling.md. */
export interface ThrottleOptions extends ThrottleLimits {}

/** All limits. */
export type Limits = Readonly<Record<ThrottleName, number>>

const names = Object.keys(throttleFields) as ThrottleName[]

/** The limits, with the defaults where nothing is said. Throws `option_invalid`, naming the option. */
export function limitsOf(given: ThrottleOptions): Limits {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid('throttle must be false or an object of limits')
  }
  const options: ThrottleOptions = Object.assign(Object.create(null), given)
  const unknown = Object.keys(options).find((name) => !names.some((each) => each === name))
  if (unknown !== undefined) throw invalid(`throttle has no option "${unknown}"; it has ${names.join(', ')}`)
  return Object.fromEntries(names.map((name) => [name, limitOf(name, options[name])])) as Limits
}

function limitOf(name: ThrottleName, value: unknown): number {
  const { default: fallback, min, max } = throttleFields[name]
  if (value === undefined) return fallback
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
  throw invalid(`throttle.${name} must be an integer from ${min} to ${max}`)
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)
