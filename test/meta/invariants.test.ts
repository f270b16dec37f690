// `grep -r I2` must show the rule, the code and the proof (ARCHITECTURE.md). The mistake it prevents: an invariant that
// stands in a document, that no line of code has in mind and no test would miss.

import { describe, expect, test } from 'vitest'
import { scan } from './scan.ts'
import { read, sourcesUnder } from './sources.ts'

const invariants = Array.from({ length: 10 }, (_, index) => `I${index + 1}`)
const contract = 'packages/latchkey/src/testing/contract'

const cites = (text: string, invariant: string): boolean => new RegExp(`\\b${invariant}\\b`).test(text)
const uncited = (texts: readonly string[]): string[] =>
  invariants.filter((invariant) => !texts.some((text) => cites(text, invariant)))

// A test's name is a text, and so are the names of the cases in the store contract, which every store's test runs.
const stringsIn = (source: string): string => scan(source).strings

describe('invariants', () => {
  test('ARCHITECTURE.md defines each of them once, and no other', () => {
    const defined = [...(read('ARCHITECTURE.md') ?? '').matchAll(/^\| (I\d+) \| \S/gm)].map(([, name]) => name)
    expect(defined).toEqual(invariants)
  })

  test('each of them is cited in the comment of a source that keeps it', () => {
    const sources = [...sourcesUnder('packages/latchkey/src', 'packages/latchkey-server/src')]
    const kept = sources.filter(([path]) => !path.startsWith(contract))
    expect(uncited(kept.map(([, source]) => scan(source).comments))).toEqual([])
  })

  test('each of them is proved by a test that names it', () => {
    const tests = [...sourcesUnder('test')].filter(
      ([path]) => path.endsWith('.test.ts') && !path.endsWith('invariants.test.ts'),
    )
    const proofs = [...tests, ...sourcesUnder(contract)]
    expect(uncited(proofs.map(([, source]) => stringsIn(source)))).toEqual([])
  })

  test('nothing cites an invariant that is not defined', () => {
    const all = [...sourcesUnder('packages/latchkey/src', 'packages/latchkey-server/src', 'test')]
    const foreign = all.flatMap(([path, source]) => {
      const { comments } = scan(source)
      const cited = `${comments}\n${path.endsWith('.test.ts') ? stringsIn(source) : ''}`.match(/\bI\d+\b/g) ?? []
      return cited.filter((name) => !invariants.includes(name)).map((name) => `${path} cites ${name}`)
    })
    expect(foreign.filter((each) => !each.startsWith('test/meta/invariants.test.ts'))).toEqual([])
  })
})

describe('the check of invariants', () => {
  test('takes I1 and I10 for two', () => {
    expect(cites('revocation wins (I10)', 'I1')).toBe(false)
    expect(cites('keeps I1, I10', 'I1')).toBe(true)
  })

  test('reads the names of tests, and neither code nor comments', () => {
    expect(cites(stringsIn("// I2\nconst I3 = test('I4 holds', run)"), 'I4')).toBe(true)
    expect(cites(stringsIn("// I2\nconst I3 = test('I4 holds', run)"), 'I2')).toBe(false)
    expect(cites(stringsIn("// I2\nconst I3 = test('I4 holds', run)"), 'I3')).toBe(false)
  })
})
