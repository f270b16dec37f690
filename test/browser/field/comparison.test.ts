// Our client and two of the field in the same scenarios, on the same engine, held against the table in
// docs/client-comparison.md. The mistake it prevents: a comparison that somebody has typed. UPDATE_COMPARISON=1 writes
// the table anew.

import { readFileSync, writeFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withoutBrowser } from '../../helpers/browser.ts'
import { keyed, plain } from '../client/ours.ts'
import { launchBrowser, play } from '../client/world.ts'
import { happenings, type Happening } from './rows.ts'
import { oidcClient, oidcClientDpop, supabase } from './subjects.ts'
import { rowsOf, tableIn, tableOf, withTable, wordsOf, type Row } from './table.ts'

const path = new URL('../../../docs/client-comparison.md', import.meta.url)
const document = readFileSync(path, 'utf8')
const isWriting = process.env['UPDATE_COMPARISON'] === '1'
const subjects = [keyed, plain, supabase, oidcClient, oidcClientDpop]
const names = subjects.map(({ name }) => name)
const told = (title: string): readonly string[] | undefined =>
  rowsOf(tableIn(document)).find((row) => row.title === title)?.cells

/** One row, as it is seen now. */
async function seen(browser: Browser, { scenario, needed, chains = [], varies = {} }: Happening): Promise<string[]> {
  const cells: string[] = []
  for (const subject of subjects) {
    const byChance = chains.includes(subject.name)
    const words = wordsOf(await play(browser, subject, scenario), { needed, byChance })
    const known = varies[subject.name]
    cells.push(known?.includes(words) === true ? `${known.join(' or ')}, by chance` : words)
  }
  return cells
}

describe.skipIf(withoutBrowser)('docs/client-comparison.md', () => {
  const rows: Row[] = []
  let browser: Browser
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    if (isWriting) writeFileSync(path, withTable(document, tableOf(names, rows)))
  })

  it.each(happenings.map((happening) => [happening.title, happening] as const))(
    'says what was seen: %s',
    { timeout: 300_000 },
    async (title, happening) => {
      const cells = await seen(browser, happening)
      rows.push({ title, cells })
      if (!isWriting) expect(cells).toEqual(told(title))
    },
  )

  it.skipIf(isWriting)('has these rows and columns, and no others', () => {
    const asked = happenings.map(({ title }) => ({ title, cells: told(title) ?? [] }))
    expect(tableIn(document)).toBe(tableOf(names, asked))
  })
})
