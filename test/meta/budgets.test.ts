// The budgets that keep the code readable, and the slips that no compiler sees. The mistake it prevents: each of them is
// small, nobody decides it, and after a year there are files of a thousand lines, tests that were switched off for a
// moment, and a lockfile that only one machine can use.

import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { functionsIn } from './functions.ts'
import { lineAt, scan, type Scanned } from './scan.ts'
import { manifestOf, read, root, sourcesUnder } from './sources.ts'

const maxFileLines = 250
const maxFunctionLines = 60
const maxMedianLines = 100

const product = sourcesUnder('packages/latchkey/src', 'packages/latchkey-server/src')
const everything = new Map([...product, ...sourcesUnder('test', 'scripts', 'bench', 'examples')])

const linesOf = (source: string): number => source.split('\n').length - 1

// `describe` holds tests as a file does, and is no function that anybody reads as one.
const tooLong = (path: string, source: string): string[] =>
  functionsIn(source)
    .filter(({ lines, head }) => lines > maxFunctionLines && !/^describe\b/.test(head))
    .map(({ line, lines, head }) => `${path}:${line} ${lines} lines: ${head}`)

const slips: readonly (readonly [keyof Scanned, RegExp])[] = [
  ['code', /\bas any\b|<any>/g],
  ['comments', /@ts-(?:ignore|nocheck|expect-error)|\b(?:TODO|FIXME|XXX)\b|\b(?:oxlint|eslint)-disable\b/g],
  ['code', /\b(?:test|it|describe)(?:\.\w+)*\.(?:only|skip|todo|fails)\b/g],
]

function slipsIn(path: string, source: string): string[] {
  const views = scan(source)
  return slips.flatMap(([view, pattern]) =>
    [...views[view].matchAll(pattern)].map(({ 0: word, index }) => `${path}:${lineAt(source, index)} ${word}`),
  )
}

// Put together here, so that this file does not hold them.
const foreignPaths = [
  ['', 'work', ''],
  ['', 'root', ''],
  ['', 'tmp', 'bash'],
].map((parts) => parts.join('/'))
const foreign = [...foreignPaths, ['registry', ''].join('.')]

const foreignIn = (path: string, text: string): string[] =>
  foreign.filter((name) => text.includes(name)).map((name) => `${path} names ${name}`)

const trackedFiles = (): string[] =>
  execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)

describe('budgets', () => {
  test(`no file is over ${maxFileLines} lines`, () => {
    const over = [...everything].filter(([, source]) => linesOf(source) > maxFileLines)
    expect(over.map(([path, source]) => `${path} ${linesOf(source)}`)).toEqual([])
  })

  test(`the median source file has at most ${maxMedianLines} lines`, () => {
    const counts = [...product.values()].map(linesOf).sort((one, other) => one - other)
    expect(counts[Math.floor(counts.length / 2)]).toBeLessThanOrEqual(maxMedianLines)
  })

  test(`no function is over ${maxFunctionLines} lines`, () => {
    expect([...everything].flatMap(([path, source]) => tooLong(path, source))).toEqual([])
  })

  test('the types are not switched off, nothing is left to do, and every test runs', () => {
    expect([...everything].flatMap(([path, source]) => slipsIn(path, source))).toEqual([])
  })

  test('latchkey needs jose and the limiter at run time, and nothing else', () => {
    expect(Object.keys(manifestOf('latchkey').dependencies)).toEqual(['jose', 'rate-limiter-flexible'])
  })

  test('no tracked file names a path of one machine or the host of a registry', () => {
    const files = trackedFiles()
    expect(files.length).toBeGreaterThan(50)
    expect(files.flatMap((path) => foreignIn(path, read(path) ?? ''))).toEqual([])
  })
})

describe('the check of budgets', () => {
  const body = (lines: number): string => '  work()\n'.repeat(lines)

  const longs: readonly (readonly [string, string])[] = [
    ['function long() {', '}'],
    ['const long = async (a: string): Promise<void> => {', '}'],
    ['class A {\n  long(): { a: 1 } {', '}\n}'],
    ['const long = a => ({', '})'],
    ['const long = (\n  a,\n) => [\n].map(() => {', '})'],
  ]
  for (const [head, end] of longs) {
    test(`finds the function that is too long in: ${head.replaceAll('\n', ' ')}`, () => {
      expect(tooLong('a.ts', `${head}\n${body(maxFunctionLines)}${end}`)).not.toEqual([])
      expect(tooLong('a.ts', `${head}\n${body(maxFunctionLines - 10)}${end}`)).toEqual([])
    })
  }

  test('takes neither conditions nor objects for functions', () => {
    const heads = ['if (a) {', 'for (const a of b) {', 'const a = {', 'switch (a) {', 'try {', 'const a = b ? c(d) : {']
    expect(heads.flatMap((head) => tooLong('a.ts', `${head}\n${body(99)}}`))).toEqual([])
  })

  test('finds every slip, and none in a string or in a word that only looks like one', () => {
    const source = [
      'const a = b as any',
      '// @ts-ignore',
      '// TODO: later',
      'describe.only(name, run)',
      'test.concurrent.skip(name, run)',
    ]
    expect(source.flatMap((line) => slipsIn('a.ts', line))).toHaveLength(source.length)
    const fine = [
      "const a = 'as any, TODO'",
      'describe.skipIf(missing)(name, run)',
      'const company = 1',
      'test.each(rows)(name, run)',
    ]
    expect(fine.flatMap((line) => slipsIn('a.ts', line))).toEqual([])
  })

  test('finds the path of a machine and the host of a registry', () => {
    expect(foreignIn('a.md', `cd ${foreign[0]}here, from https://${foreign.at(-1)}example.org`)).toHaveLength(2)
  })
})
