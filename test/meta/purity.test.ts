// I1 and I6: the core reads no clock, environment, timer or randomness but its ports, and no store reads a clock of its
// own. The mistake it prevents: one `Date.now()` in a corner, and a test with a settable clock proves less than it says,
// or two clocks disagree about when a session ends. The words are sought in code only, and tried on planted sources.

import { describe, expect, test } from 'vitest'
import { lineAt, scan } from './scan.ts'
import { sourcesUnder } from './sources.ts'

const core = 'packages/latchkey/src/core'
const stores = 'packages/latchkey/src/stores'

const wallClocks: readonly RegExp[] = [
  /\bDate\.now\b/g,
  /\bnew Date\(\s*\)/g,
  /\bnew Date\b(?!\s*\()/g,
  /(?<!new )\bDate\(/g,
  /\bTemporal\b/g,
]
// A stopwatch tells no instant that could be stored: a store may bound its own waiting by one.
const others: readonly RegExp[] = [
  /\bperformance\b/g,
  /\bhrtime\b/g,
  /\bMath\.random\b/g,
  /\bprocess\b/g,
  /\bset(?:Timeout|Interval|Immediate)\b/g,
  /\bclearTimeout\b/g,
  /\bAbortSignal\.timeout\b/g,
  /\bconsole\b/g,
  /\bfetch\b/g,
  /\brandom(?:Bytes|UUID|Int|Fill|FillSync)\b/g,
  /\bgetRandomValues\b/g,
  /\bgenerateKey(?:Pair)?(?:Sync)?\b/g,
  /\bglobalThis\b/g,
]
// SQLite's and PostgreSQL's own clocks; they stand inside strings.
const databaseClocks =
  /\b(?:unixepoch|julianday|strftime|datetime|clock_timestamp|now)\s*\(|\bCURRENT_(?:TIMESTAMP|TIME|DATE)\b/gi

// `ping` tells what time it is there, so that a node knows whether its own clock is right; nothing stores it.
const tellingTheTime = [`${stores}/postgres/statements.ts clock_timestamp(`]

function findings(patterns: readonly RegExp[], path: string, source: string, view: string): string[] {
  return patterns.flatMap((pattern) =>
    [...view.matchAll(pattern)].map(({ 0: word, index }) => `${path}:${lineAt(source, index)} ${word}`),
  )
}

const impure = (path: string, source: string): string[] =>
  findings([...wallClocks, ...others], path, source, scan(source).code)

function timed(path: string, source: string): string[] {
  const { code, strings } = scan(source)
  return [...findings(wallClocks, path, source, code), ...findings([databaseClocks], path, source, strings)]
}

describe('purity', () => {
  test('I1 core reads no clock, environment, timer or randomness but its ports', () => {
    const sources = [...sourcesUnder(core)]
    expect(sources.length).toBeGreaterThan(20)
    expect(sources.flatMap(([path, source]) => impure(path, source))).toEqual([])
  })

  test('I6 no store reads a clock, neither its own nor the database’s', () => {
    const sources = [...sourcesUnder(stores)]
    expect(sources.length).toBeGreaterThan(2)
    const found = sources.flatMap(([path, source]) => timed(path, source)).map((each) => each.replace(/:\d+/, ''))
    expect(found).toEqual(tellingTheTime)
  })
})

describe('the check of purity', () => {
  const planted = [
    'const now = Date.now()',
    'const clock = { now: Date.now }',
    'const at = new Date()',
    'const at = +new Date',
    'const text = Date()',
    'const at = performance.now()',
    'const dice = Math.random()',
    "const home = process.env['HOME']",
    'setTimeout(() => {}, 5)',
    'const id = setInterval(work, 5)',
    'setImmediate(work)',
    'const signal = AbortSignal.timeout(5)',
    "console.log('here')",
    "await fetch('https://example.org')",
    "import { randomBytes } from 'node:crypto'",
    'const id = crypto.randomUUID()',
    'const text = `${Date.now()}`',
  ]
  for (const source of planted) {
    test(`finds the impurity in: ${source}`, () => {
      expect(impure('planted.ts', `\n${source}`)).toContainEqual(expect.stringMatching(/^planted\.ts:2 /))
    })
  }

  test('lets through ports, instants that are given, comments and strings', () => {
    const source = [
      'const now = ports.now()',
      'const at = new Date(now)',
      '// Date.now() is never called',
      "const text = 'Math.random, process.env'",
      'ports.after(5, call)',
      'const id = ports.random(16)',
    ].join('\n')
    expect(impure('planted.ts', source)).toEqual([])
  })

  test('finds a clock inside SQL, and not a column that is named like one', () => {
    expect(timed('planted.ts', "const sql = 'UPDATE s SET at = unixepoch() * 1000'")).toHaveLength(1)
    expect(timed('planted.ts', "const sql = 'DELETE FROM s WHERE at < CURRENT_TIMESTAMP'")).toHaveLength(1)
    expect(timed('planted.ts', "const sql = 'SELECT now, revoked_at FROM s'; const at = now()")).toEqual([])
  })
})
