// I8: every refusal has a code, and every code a status, a line in docs/errors.md and a test. The mistake it prevents: a
// new code that answers 500 because nobody gave it a status, or a status that is decided twice, in two places that drift
// apart.

import { STATUS_CODES } from 'node:http'
import { errorCodes } from 'latchkey'
import { statuses } from 'latchkey/express'
import { describe, expect, test } from 'vitest'
import { lineAt, scan } from './scan.ts'
import { read, sourcesUnder } from './sources.ts'

const codes = Object.keys(errorCodes)
const express = 'packages/latchkey/src/express'

/** The two that say that something was done; a refusal's status comes from the table. */
const successes: Readonly<Record<string, readonly string[]>> = {
  [`${express}/answers.ts`]: ['200', '204'],
  [`${express}/token-answer.ts`]: ['200'],
  [`${express}/devices.ts`]: ['200'],
  [`${express}/cors.ts`]: ['204'],
  [`${express}/oauth/answers.ts`]: ['200'],
  [`${express}/oauth/public-answer.ts`]: ['200', '304'],
}

// `status === 401` asks which header a status must come with, and `[401, 403].includes(status)` what an answer says; they
// decide none. Nor does a number that is multiplied, or one of seconds: 400 days are no answer.
function decidedStatuses(path: string, source: string): string[] {
  const { code } = scan(source)
  const literals = [...code.matchAll(/(?<![\w.])\d{3}(?![\w.])/g)]
  return literals
    .filter(({ 0: literal }) => literal in STATUS_CODES && !successes[path]?.includes(literal))
    .filter(({ index }) => !/([!=]==|Seconds =)\s*$/.test(code.slice(0, index)))
    .filter(({ index }) => !/^\d{3}( \*|[\d, ]*\]\.includes\()/.test(code.slice(index)))
    .map(({ 0: literal, index }) => `${path}:${lineAt(source, index)} ${literal}`)
}

describe('codes', () => {
  test('I8 every code has a status of its own choosing, and the table knows no other codes', () => {
    expect(Object.keys(statuses).toSorted()).toEqual(codes.toSorted())
  })

  test('I8 every code has a line in docs/errors.md that says its status, and no line is about a code that is gone', () => {
    const [, table = ''] =
      /<!-- generated:errors -->([^]*?)<!-- \/generated -->/.exec(read('docs/errors.md') ?? '') ?? []
    const documented = [...table.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ])
    expect(documented).toEqual(Object.entries(statuses).map(([code, { status }]) => [code, status]))
  })

  test('I8 every code occurs in a test', () => {
    const tests = [...sourcesUnder('test', 'packages/latchkey/src/testing')].filter(
      ([path]) => !path.startsWith('test/meta/'),
    )
    const text = tests.map(([, source]) => source).join('\n')
    expect(codes.filter((code) => !new RegExp(`['"\`]${code}['"\`]|^\\s*${code}:`, 'm').test(text))).toEqual([])
  })

  test('I8 the status of a refusal is decided in the table of its dialect and nowhere else', () => {
    const tables = ['statuses.ts', 'oauth/errors.ts'].map((name) => `${express}/${name}`)
    const elsewhere = [...sourcesUnder(express)].filter(([path]) => !tables.includes(path))
    expect(elsewhere.flatMap(([path, source]) => decidedStatuses(path, source))).toEqual([])
  })
})

describe('the check of statuses', () => {
  const routes = `${express}/token-answer.ts`

  test('finds a status that a route decides by itself', () => {
    expect(decidedStatuses(routes, 'sendJson(res, 403, body)')).toEqual([`${routes}:1 403`])
    expect(decidedStatuses(routes, '\nres.status(401).end()')).toEqual([`${routes}:2 401`])
    expect(decidedStatuses(`${express}/carrier.ts`, 'res.writeHead(204)')).toHaveLength(1)
  })

  test('lets through success, comparisons, comments and numbers that are no status', () => {
    const source =
      '// 401\nif (status === 401) sendJson(res, 200, body)\nconst maxCharacters = 256\nconst bytes = 1024\n' +
      'const days = 400 * day\nconst longestSeconds = 300\nif ([401, 403].includes(status)) return'
    expect(decidedStatuses(routes, source)).toEqual([])
  })
})
