// SECURITY.md claims a test for each threat. A claim that no test makes good is worse than none, so every title that it
// quotes must be the title of a test that is there.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sourcesUnder } from './sources.ts'

const threats = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^\| T\d+ \|/.test(line))
  .map((line) => line.split(' | '))

const tests = [...sourcesUnder('test', 'packages/latchkey/src/testing').values()].join('\n')

test('every threat has a number of its own, counted from 1', () => {
  expect(threats.map(([number]) => number)).toEqual(threats.map((_, index) => `| T${index + 1}`))
  expect(threats.length).toBeGreaterThan(20)
})

test.each(threats)('%s names tests that are there', (_number, _threat, _answer, named = '') => {
  const titles = [...named.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title)
  expect(titles.length).toBeGreaterThan(0)
  expect(titles.filter((title) => !["'", '`'].some((quote) => tests.includes(quote + title)))).toEqual([])
})
