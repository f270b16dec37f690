// The lines of the standards (docs/requirements.md, docs/security.md) against the tests that name them. The mistake it
// prevents: a page that tells an auditor of tests which nobody has written, or which somebody has renamed.

import { describe, expect, test } from 'vitest'
import { asvsChapters, bestPractice, lines } from '../../scripts/docs/requirements/all.ts'
import { namingTests, titlesIn } from '../../scripts/docs/requirements/named-by.ts'
import { textOf } from './markdown.ts'

const tests = namingTests()
const named = new Set(tests.flatMap(({ ids }) => ids))
const known = new Set(lines.map(({ id }) => id))
const requirements = [...asvsChapters, bestPractice].flatMap((chapter) => chapter.requirements)

describe('the lines of the standards', () => {
  test('have each an id of its own, in order, counted from 1', () => {
    expect(known.size).toBe(lines.length)
    const next = new Map<string, number>()
    const wrong = lines.filter(({ id }) => {
      const [kind = '', number] = id.split('-')
      next.set(kind, (next.get(kind) ?? 0) + 1)
      return Number(number) !== next.get(kind)
    })
    expect(wrong.map(({ id }) => id)).toEqual([])
    expect(next.size).toBe(17)
  })

  test('say each what it asks, where from, and what happens or why it does not', () => {
    const silent = lines.filter(
      ({ asks, source, holds, answer, why }) =>
        asks === '' ||
        source === '' ||
        (holds !== 'not offered' && answer === '') ||
        (holds !== 'tested' && why === ''),
    )
    expect(silent.map(({ id }) => id)).toEqual([])
  })

  test('have each a test that names it, but for what is not offered', () => {
    const untested = lines.filter(({ id, holds }) => holds !== 'not offered' && !named.has(id))
    expect(untested.map(({ id }) => id)).toEqual([])
  })

  test('are all there that a test names', () => {
    const foreign = tests.flatMap(({ path, ids }) => ids.filter((id) => !known.has(id)).map((id) => `${path}: ${id}`))
    expect(foreign).toEqual([])
  })
})

describe('ASVS and RFC 9700', () => {
  test('have each number once', () => {
    const numbers = requirements.map(({ number, level }) => `${level} ${number}`)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers.length).toBeGreaterThan(60)
  })

  test('cite lines that are there and have tests, where they apply', () => {
    const faults = requirements.flatMap(({ number, by, holds }) => {
      const untested = by.filter((id) => !named.has(id) || !known.has(id)).map((id) => `${number} cites ${id}`)
      const silent = by.length === 0 && (holds === 'yes' || holds === 'partly')
      return silent ? [...untested, `${number} cites nothing`] : untested
    })
    expect(faults).toEqual([])
  })

  test('claim to be kept wholly only where no line that they cite deviates', () => {
    const deviating = new Set(lines.filter(({ holds }) => holds !== 'tested').map(({ id }) => id))
    const boastful = requirements.filter(({ holds, by }) => holds === 'yes' && by.some((id) => deviating.has(id)))
    expect(boastful.map(({ number }) => number)).toEqual([])
  })

  test('stand in docs/security.md with every level, and every deviation in docs/requirements.md', () => {
    const page = textOf('docs/security.md')
    expect(requirements.filter(({ number }) => !page.includes(`| ${number} |`)).map(({ number }) => number)).toEqual([])
    const deviating = lines.filter(({ holds }) => holds === 'deviates')
    expect(deviating.length).toBeGreaterThan(0)
    expect(deviating.filter(({ why }) => !textOf('docs/requirements.md').includes(why))).toEqual([])
  })
})

describe('the search for tests that name a line', () => {
  // Put together here, so that no search for the line finds it.
  const line = ['RT', '4'].join('-')

  test('reads titles, also of several lines, with their quotes and what is put in', () => {
    const title = (source: string): string | undefined => titlesIn(source)[0]?.title
    expect(title(`test('an owner\\'s token (${line})', run)`)).toBe(`an owner's token (${line})`)
    expect(title(`test(\`\${each} and \${other} (${line})\`, run)`)).toBe(`… and … (${line})`)
    expect(title(`test.each(rows)('%s (${line})', run)`)).toBe(`… (${line})`)
    expect(titlesIn(`test('both (${line}, DP-10)', run)`)[0]?.ids).toEqual([line, 'DP-10'])
  })

  test('reads neither comments nor code nor what only looks alike', () => {
    expect(titlesIn(`// ${line}\nconst a = RT - 4 // '${line}'`)).toEqual([])
    expect(titlesIn(`test('${line}x START-1 SHA-256', run)`)).toEqual([])
  })
})
