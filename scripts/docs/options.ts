// docs/options.md: the numeric options from their table, all others from the interfaces that declare them.

import { policyFields, throttleFields } from 'latchkey'
import { membersOf, refusalsIn } from './members.ts'
import { coded, table } from './table.ts'

const library = 'packages/latchkey/src'

/** Sentences for members that carry none in the source. */
const notes: Readonly<Record<string, string>> = {
  'SignIn.origin':
    'Says where the user came from: `label`, `userAgent`, `place`. `originOf(req)` of `latchkey/express` does, for a request.',
  'LatchkeyOptions.store': 'Where the sessions are; see [stores.md](stores.md).',
  'SessionsOptions.authenticate':
    'Your check of the credentials: `(credentials, req)`, and the answer is the user or null. It may throw a `LatchkeyError` such as `throttled`. What it leaves unsaid about time is yours: let a wrong name cost as much as a wrong password.',
}

export const policyTable = (): string => fieldsTable(policyFields)

export const throttleTable = (): string => fieldsTable(throttleFields)

function fieldsTable(fields: typeof policyFields | typeof throttleFields): string {
  const rows = Object.entries(fields).map(([name, { default: fallback, min, max, says }]) => {
    const value = (amount: number): string => (name.endsWith('Seconds') ? withUnits(amount) : grouped(amount))
    return [coded(name), value(fallback), `${value(min)} to ${value(max)}`, says]
  })
  return table(['Option', 'Default', 'Range', 'What it is'], rows)
}

export const relationsList = (): string =>
  refusalsIn(`${library}/core/policy.ts`, 'checkRelations')
    .map((relation) => `- ${relation.replaceAll(/\w+Seconds/g, coded)}`)
    .join('\n')

/** The members of an interface as a table. */
export function interfaceTable(file: string, name: string): string {
  const rows = membersOf(`${library}/${file}`, name).map((member) => {
    const says = member.says || notes[`${name}.${member.name}`]
    if (says === undefined)
      throw new Error(`neither the source nor scripts/docs/options.ts explains ${name}.${member.name}`)
    return [coded(member.name), coded(member.type), member.optional ? '' : 'yes', says]
  })
  return table(['Option', 'Type', 'Required', 'What it is'], rows)
}

/** The verbs that a store has to have. */
export const storeVerbs = (): string =>
  table(
    ['Verb', 'What it promises'],
    membersOf(`${library}/core/store.ts`, 'Store').map(({ name, says }) => [coded(name), says]),
  )

const grouped = (amount: number): string => amount.toLocaleString('en-US')

// The largest unit that divides the amount, beside the seconds that one has to write.
function withUnits(seconds: number): string {
  const units = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ] as const
  const [size, unit] = units.find(([length]) => seconds >= length && seconds % length === 0) ?? []
  if (size === undefined || unit === undefined) return grouped(seconds)
  const count = seconds / size
  return `${grouped(seconds)} (${grouped(count)} ${unit}${count === 1 ? '' : 's'})`
}
