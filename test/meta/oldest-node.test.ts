// The packages say `node >= 22.14`, and the tests run on a newer one, where everything that came since is there as well.
// The mistake it prevents: a name that the oldest Node does not know, which is no error where it is a property, but false.

import { describe, expect, test } from 'vitest'
import { lineAt, scan } from './scan.ts'
import { sourcesUnder } from './sources.ts'

/** What the engine or Node has had only since then. */
const newer: readonly (readonly [since: string, name: RegExp])[] = [
  ['22.15', /\b(?:createZstd\w+|zstd\w+)\b/g],
  ['22.15', /\bprocess\.execve\b/g],
  ['22.16', /\.isTransaction\b/g],
  ['22.16', /\.(?:setReturnArrays|columns)\(/g],
  ['24', /\b(?:Promise\.try|RegExp\.escape|Error\.isError|Math\.sumPrecise|Iterator\.concat)\b/g],
  ['24', /\b(?:URLPattern|Float16Array|Temporal)\b/g],
  ['24', /\bawait using\b|\busing \w+ =/g],
  ['24.2', /\bimport\.meta\.main\b/g],
  ['24.7', /\b(?:argon2Sync|argon2)\(/g],
  ['25', /\.(?:fromBase64|toBase64|fromHex|toHex|getOrInsert|getOrInsertComputed)\(/g],
]

const findings = (path: string, source: string): string[] =>
  newer.flatMap(([since, name]) =>
    [...scan(source).code.matchAll(name)].map(
      ({ 0: word, index }) => `${path}:${lineAt(source, index)} ${word} is in Node ${since} and later`,
    ),
  )

describe('the oldest Node that package.json names', () => {
  test('has everything that the packages use', () => {
    const sources = [...sourcesUnder('packages')].filter(([path]) => !path.includes('/src/page/'))
    expect(sources.length).toBeGreaterThan(100)
    expect(sources.flatMap(([path, source]) => findings(path, source))).toEqual([])
  })

  test.each([
    'if (database.isTransaction) roll()',
    'const all = statement.columns()',
    'await Promise.try(work)',
    'await using held = open()',
    'bytes.toBase64()',
  ])('is noticed not to know: %s', (source) => {
    expect(findings('planted.ts', source)).toHaveLength(1)
  })
})
