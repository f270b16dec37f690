// The settings of the throttle: whether there is one, and a row for each limit of the library's table. Apart from the
// others because the limits mean nothing without it.

import { throttleFields, type ThrottleLimits, type ThrottleName } from 'latchkey'
import { z } from 'zod'
import { whole } from './setting-values.ts'

const fields = Object.entries(throttleFields) as [ThrottleName, (typeof throttleFields)[ThrottleName]][]
const variableOf = (name: string): string => `LATCHKEY_THROTTLE_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`

/** Their rows in the table of settings. */
export const throttleSettings: readonly { readonly name: string; readonly default: string; readonly says: string }[] = [
  {
    name: 'LATCHKEY_THROTTLE',
    default: 'on',
    says: 'Whether tries are limited: `on`, or `off` where something in front of the server does it.',
  },
  ...fields.map(([name, { default: fallback, says }]) => ({
    name: variableOf(name),
    default: String(fallback),
    says,
  })),
]

interface Values {
  readonly LATCHKEY_THROTTLE: 'on' | 'off'
}

/** Their values. */
export const throttleSwitch: { readonly [Name in keyof Values]: z.ZodType<Values[Name]> } = {
  LATCHKEY_THROTTLE: z.enum(['on', 'off']),
}

/** The same, of the limits. */
export const throttleLimitFields: Readonly<Record<string, z.ZodType<number, string>>> = Object.fromEntries(
  fields.map(([name, { min, max }]) => [variableOf(name), whole(min, max)]),
)

/** What `createSessions({ throttle })` takes. */
export const throttleConfigOf = (values: Values & Readonly<Record<string, unknown>>): ThrottleLimits | false =>
  values.LATCHKEY_THROTTLE === 'on' && Object.fromEntries(fields.map(([name]) => [name, values[variableOf(name)]]))

/** What does not fit together among them, a sentence for each. */
export function throttleMisfits(env: NodeJS.ProcessEnv, { LATCHKEY_THROTTLE: given }: Values): string[] {
  const idle = given === 'off' ? Object.keys(throttleLimitFields).filter((name) => env[name]) : []
  return idle.map((name) => `${name}: only with LATCHKEY_THROTTLE=on; take it away`)
}
