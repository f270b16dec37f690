// The documents say what the code does. The mistake it prevents: a code, an event, an option or a setting is added, taken
// away or changed, and the page that people read does not know.

import { readFileSync } from 'node:fs'
import { errorCodes, eventNames, policyFields } from 'latchkey'
import { clientErrorCodes } from 'latchkey/client'
import { routeTable } from 'latchkey/express'
import { describe, expect, test } from 'vitest'
import { settings } from 'latchkey-server'
import { endedReasons } from '../../scripts/docs/client.ts'
import { differences, fill } from '../../scripts/docs/markers.ts'
import { wordsFor } from '../../scripts/docs/table.ts'
import { documents, firstCellsIn, textOf } from './markdown.ts'
import { run } from './programs.ts'
import { root } from './sources.ts'

/** The rows of the place that is filled by this section. */
function rowsOf(path: string, section: string): string[] {
  const [, after = ''] = textOf(path).split(`<!-- generated:${section} -->\n`)
  const [rows = ''] = after.split('<!-- /generated -->')
  return firstCellsIn(rows)
}

describe('docs/', () => {
  test('is what scripts/docs.ts writes', async () => {
    const { code, stderr } = await run([`${root}scripts/docs.ts`, '--check'])
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  test('has no place that is empty', () => {
    const filled = documents().map(textOf).join('\n')
    expect(filled.match(/^<!-- generated:[\w-]+ -->$/gm)?.length).toBeGreaterThan(20)
    expect(filled).not.toMatch(/^<!-- generated:[\w-]+ -->\s*<!-- \/generated -->$/m)
  })

  test.each([
    ['error code', 'docs/errors.md', 'errors', Object.keys(errorCodes)],
    ['event', 'docs/events.md', 'events', eventNames],
    ['numeric option', 'docs/options.md', 'policy', Object.keys(policyFields)],
    ['setting', 'docs/settings.md', 'settings', settings.map(({ name }) => name)],
    ['route', 'docs/http.md', 'routes', routeTable],
    ['code of the client', 'docs/client.md', 'client-errors', Object.keys(clientErrorCodes)],
    ['reason for an end', 'docs/client.md', 'client-ended-reasons', endedReasons()],
  ] as const)('has a line for every %s, and none for anything else', (_what, path, section, names) => {
    expect(names.length).toBeGreaterThan(5)
    expect(rowsOf(path, section)).toEqual([...names])
  })

  test('has a line for every option that is no number, and none for anything else', () => {
    const checked = readFileSync(`${root}packages/latchkey/src/core/options.ts`, 'utf8')
    const [, list = ''] = /const otherNames = \[([^\]]+)\]/.exec(checked) ?? []
    const names = [...list.matchAll(/'(\w+)'/g)].map(([, name = '']) => name)
    expect(names.length).toBeGreaterThan(5)
    expect(rowsOf('docs/options.md', 'options-latchkey').toSorted()).toEqual(names.toSorted())
    const router = readFileSync(`${root}packages/latchkey/src/express/settings.ts`, 'utf8')
    const [, routerNames = ''] = /^const names = '([^']+)'\.split/m.exec(router) ?? []
    expect(rowsOf('docs/options.md', 'options-sessions')).toEqual(routerNames.split(' '))
  })
})

describe('scripts/docs', () => {
  const sectionOf = (name: string): string => `made of ${name}`

  test('fills a place, and leaves what is around it', () => {
    const text = 'before\n<!-- generated:one -->\nold\n<!-- /generated -->\nafter\n'
    const filled = 'before\n<!-- generated:one -->\nmade of one\n<!-- /generated -->\nafter\n'
    expect(fill('a.md', text, sectionOf)).toBe(filled)
    expect(fill('a.md', filled, sectionOf)).toBe(filled)
  })

  test.each([
    ['a place without an end', '<!-- generated:one -->\n', /not closed/],
    ['a place inside a place', '<!-- generated:one -->\n<!-- generated:two -->\n', /not closed before/],
    ['an end without a place', '<!-- /generated -->\n', /closes nothing/],
  ])('refuses %s', (_name, text, message) => {
    expect(() => fill('a.md', text, sectionOf)).toThrow(message)
  })

  test('names a code without a line, and a line without a code', () => {
    const is = '| `gone` | 1 |\n| `same` | 2 |\n'
    const shouldBe = '| `same` | 2 |\n| `new` | 3 |\n'
    expect(differences('a.md', is, shouldBe)).toEqual([
      'a.md lacks the line: | `new` | 3 |',
      'a.md has a line that nothing stands behind: | `gone` | 1 |',
    ])
    expect(differences('a.md', is, is)).toEqual([])
    expect(differences('a.md', 'one\ntwo\n', 'two\none\n')).toHaveLength(1)
  })

  test('refuses a name without words, and words without a name', () => {
    const words: Record<string, string> = { kept: 'is kept', gone: 'was there' }
    const names = (...all: string[]): string[] => all
    expect(() => wordsFor('here', names('kept', 'new'), words)).toThrow(
      'here says nothing about new\nhere speaks of gone',
    )
    expect(wordsFor('here', names('kept', 'gone'), words)('kept')).toBe('is kept')
  })
})
