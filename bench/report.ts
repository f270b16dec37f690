// What the benchmark says: one table per goal, each row with its figure, its ratio and, where goals.md sets a goal for
// it, whether the goal is met. Rows without a goal are there to read the others by.

export interface Row {
  readonly what: string
  readonly figure: string
  /** Smallest and largest of the rounds. */
  readonly spread?: string
  readonly ratio?: number
  /** The same ratio by processor time instead of rate: foreign work hardly moves it. */
  readonly cpuRatio?: number
  readonly goal?: string
  readonly met?: boolean
  /** In a round of this row, or of the row it is compared with, foreign work was in the way. */
  readonly disturbed?: boolean
  readonly detail?: string
  /** For `--json`. */
  readonly raw?: unknown
}

export interface Table {
  /** As in goals.md. */
  readonly goal: string
  readonly title: string
  readonly rows: readonly Row[]
  readonly notes?: readonly string[]
}

const head = ['', 'figure', 'min–max', 'ratio', 'by CPU', 'goal', 'verdict', '']

export function printed({ goal, title, rows, notes = [] }: Table): string {
  const table = [head, ...rows.map(cellsOf)]
  // A column that says nothing here is left out.
  const shown = head.map((_, column) => table.slice(1).some((row) => row[column] !== ''))
  const cells = table.map((row) => row.filter((_, column) => shown[column]))
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const lines = cells.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
  return [`${goal}  ${title}`, ...lines, ...notes.map((note) => `  (${note})`), ''].join('\n')
}

const cellsOf = (row: Row): readonly string[] => [
  row.what,
  row.figure,
  row.spread ?? '',
  row.ratio?.toFixed(3) ?? '',
  row.cpuRatio?.toFixed(3) ?? '',
  row.goal ?? '',
  verdictOf(row),
  row.detail ?? '',
]

function verdictOf({ met, disturbed }: Row): string {
  const word = met === undefined ? '' : met ? 'met' : 'missed'
  return disturbed === true ? `${word} (disturbed)`.trim() : word
}

/** One line for each row that a goal stands against. */
export function summary(tables: readonly Table[]): string {
  const judged = tables.flatMap(({ goal, rows }) =>
    rows.filter(({ met }) => met !== undefined).map((row) => ({ goal, row })),
  )
  const met = judged.filter(({ row }) => row.met === true).length
  const missed = judged
    .filter(({ row }) => row.met === false)
    .map(
      ({ goal, row }) =>
        `  ${goal}  ${row.what}: ${row.figure}${row.ratio === undefined ? '' : `, ratio ${row.ratio.toFixed(3)}`} (goal ${row.goal ?? ''}) ${verdictOf(row)}`,
    )
  const disturbed = judged.filter(({ row }) => row.disturbed === true).length
  const warning = `${disturbed} of these verdicts come from rounds that foreign work disturbed: run it again on a quiet machine`
  const first = `${met} of ${judged.length} goals met${missed.length === 0 ? '.' : '; missed:'}`
  return [first, ...missed, ...(disturbed === 0 ? [] : [warning]), ''].join('\n')
}
