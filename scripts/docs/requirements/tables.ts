// docs/requirements.md and the tables of docs/security.md: each line with how it is answered and the tests that name it.

import { table } from '../table.ts'
import { asvsChapters, bestPractice, lines, requirementSections } from './all.ts'
import type { Chapter, Requirement } from './cited-lines.ts'
import type { Line, Section } from './line.ts'
import { namingTests, type NamingTest } from './named-by.ts'

/** So many tests of a line are listed; `grep` finds the others. */
const shown = 4
/** The same for a requirement, whose lines list the others. */
const shownOfRequirement = 2

/** A table for each section of lines, under its heading. */
export function requirementTables(): string {
  const tests = namingTests()
  return requirementSections.map((section) => sectionText(section, tests)).join('\n\n')
}

/** How many lines are kept as they stand, kept in another way, or about what is not offered. */
export function requirementCounts(): string {
  const count = (holds: Line['holds']): string => String(lines.filter((line) => line.holds === holds).length)
  return table(
    ['Lines', 'Tested', 'Tested, but deviating', 'Not offered'],
    [[String(lines.length), count('tested'), count('deviates'), count('not offered')]],
  )
}

/** Every deviation, with its reason. */
export const deviationsTable = (): string =>
  table(
    ['Line', 'It asks', 'We do', 'Because'],
    lines.filter(({ holds }) => holds === 'deviates').map(({ id, asks, answer, why }) => [id, asks, answer, why]),
  )

/** The chapters of ASVS, a table each. */
export function asvsTables(): string {
  const tests = namingTests()
  return asvsChapters.map((chapter) => `### ${chapter.title}\n\n${chapterTable(chapter, tests, true)}`).join('\n\n')
}

export const bestPracticeTable = (): string => chapterTable(bestPractice, namingTests(), false)

function sectionText(section: Section, tests: readonly NamingTest[]): string {
  const rows = section.lines.map((line) => [line.id, line.asks, line.source, answerOf(line), testsOf(line, tests)])
  return `## ${section.title}\n\n${table(['Line', 'It asks', 'Source', 'Here', 'Tests'], rows)}`
}

function answerOf({ holds, answer, why }: Line): string {
  if (holds === 'tested') return answer
  return holds === 'deviates' ? `${answer}. **Deviates:** ${why}` : `**Not offered:** ${why}`
}

function testsOf(line: Line, tests: readonly NamingTest[]): string {
  const naming = tests.filter(({ ids }) => ids.includes(line.id))
  if (naming.length === 0) return line.holds === 'not offered' ? '–' : '**none**'
  return linked(naming, shown)
}

function chapterTable(chapter: Chapter, tests: readonly NamingTest[], levels: boolean): string {
  const rows = chapter.requirements.map((requirement) => {
    const { number, level, asks, holds, answer, by } = requirement
    const cells = [asks, holds, answer, by.join(', ') || '–', requirementTests(requirement, tests)]
    return levels ? [number, level, ...cells] : [number, ...cells]
  })
  const named = levels ? ['Number', 'Level'] : ['Section']
  return table([...named, 'It asks', 'Kept', 'Here', 'Lines', 'Tests'], rows)
}

function requirementTests({ by }: Requirement, tests: readonly NamingTest[]): string {
  // The first of each line, so that no line crowds out another.
  const firsts = by.flatMap((id) => tests.find(({ ids }) => ids.includes(id)) ?? [])
  return firsts.length === 0 ? '–' : linked([...new Set(firsts)], shownOfRequirement)
}

/** The tests of a line, as links. Those that name fewest lines are most about this one. */
export function linked(naming: readonly NamingTest[], most: number): string {
  const sorted = naming.toSorted((one, other) => one.ids.length - other.ids.length)
  const listed = sorted.slice(0, most).map(({ path, title }) => `[${inLink(title)}](../${path})`)
  const more = naming.length - listed.length
  return [...listed, ...(more > 0 ? [`and ${more} more`] : [])].join(' · ')
}

const inLink = (title: string): string =>
  title
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[[\]\\`*_]/g, String.raw`\$&`)
    .replaceAll('<', '&lt;')
