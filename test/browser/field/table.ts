// Figures as the words of a table, and the table in its document. Words are coarse on purpose: what differs from run to
// run, as the exact number in a race does, has no place in a document.

import type { Outcome } from '../client/subject.ts'

export interface Row {
  readonly title: string
  readonly cells: readonly string[]
}

/** How the words of a cell are chosen. */
export interface Wording {
  /** The fewest renewals that the scenario can be done with. */
  readonly needed: number
  /** Whether several renewals race each other in a chain, so that one run is kept and the next is not. */
  readonly byChance: boolean
}

/** What came of a scenario, in words. */
export function wordsOf(outcome: Outcome, { needed, byChance }: Wording): string {
  const { signedOut, calls, succeeded, alarms, thiefGotIn } = outcome
  // An alarm ends the session, whether or not a page has heard of it already.
  const isKept = signedOut === 0 && alarms === 0
  const alarm = alarms === 0 ? [] : ['alarm']
  const renewals = renewalsOf(outcome.renewals, needed)
  if (byChance) return `kept or alarm, by chance, ${renewals}`
  if (thiefGotIn === true) return [isKept ? 'thief in, and stays' : 'thief in, then both out', ...alarm].join(', ')
  const standing = isKept ? 'kept' : 'signed out'
  if (thiefGotIn === false) return [`thief out, owner ${standing}`, ...alarm].join(', ')
  if (!isKept) return [standing, ...alarm].join(', ')
  return [standing, ...(succeeded < calls ? ['calls fail'] : []), renewals].join(', ')
}

// Two bounds, far from what any scenario comes near.
function renewalsOf(renewals: number, needed: number): string {
  if (renewals === 0) return 'no renewal'
  if (renewals === needed) return needed === 1 ? '1 renewal' : `${needed} renewals`
  if (renewals < needed) return `under ${needed} renewals`
  return renewals <= 15 ? `${needed + 1}–15 renewals` : 'over 15 renewals'
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** The table as Markdown, without an end of line. */
export const tableOf = (names: readonly string[], rows: readonly Row[]): string =>
  [
    line(['What happens', ...names]),
    line(['---', ...names.map(() => '---')]),
    ...rows.map(({ title, cells }) => line([title, ...cells])),
  ].join('\n')

/** The rows of a table as it stands in a document. */
export const rowsOf = (table: string): Row[] =>
  table
    .split('\n')
    .slice(2)
    .map((text) => text.slice(2, -2).split(' | '))
    .map(([title = '', ...cells]) => ({ title, cells }))

const marks = /(<!-- measured:comparison -->\n)([^]*?)(<!-- \/measured -->)/

/** The table of a document, without an end of line. Throws where it has no place for one. */
export function tableIn(document: string): string {
  const [, , table] = marks.exec(document) ?? []
  if (table === undefined) throw new Error('the document has no place for the table')
  return table.trimEnd()
}

/** The document with this table in the place of its own. Throws where it has none. */
export function withTable(document: string, table: string): string {
  tableIn(document)
  return document.replace(marks, (_all, before: string, _old, after: string) => `${before}${table}\n${after}`)
}
