// Every link of every document leads somewhere, and every command that a document names exists. The mistake it prevents:
// a file is renamed, a heading reworded, a script dropped, and the newcomer is the one who finds out.

import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { anchorsIn, blocksIn, documents, linksIn, textOf } from './markdown.ts'
import { read, root } from './sources.ts'

const paths = documents()

/** What is wrong with a link; undefined where nothing is. */
function faultOf(path: string, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined
  const [file = '', anchor] = target.split('#')
  const found = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), decodeURIComponent(file)))
  if (found.startsWith('..') || !existsSync(root + found)) return `${target} is not there`
  if (anchor === undefined || !found.endsWith('.md')) return undefined
  return anchorsIn(textOf(found)).includes(anchor) ? undefined : `${target} names no heading`
}

describe('the links of the documents', () => {
  test('are there to be checked', () => {
    expect(paths).toContain('docs/README.md')
    expect(linksIn(textOf('docs/README.md')).length).toBeGreaterThan(5)
  })

  test.each(paths)('of %s lead somewhere', (path) => {
    const faults = linksIn(textOf(path)).flatMap(({ target, line }) => {
      const fault = faultOf(path, target)
      return fault === undefined ? [] : [`${path}:${line}: ${fault}`]
    })
    expect(faults).toEqual([])
  })

  test('are noticed where they lead nowhere', () => {
    const text =
      '[a](nowhere.md) `[b](in-code.md)` [c](http.md#no-such-heading) [d](http.md#headers) [e](https://a.example)'
    expect(linksIn(text).map(({ target }) => faultOf('docs/README.md', target))).toEqual([
      'nowhere.md is not there',
      'http.md#no-such-heading names no heading',
      undefined,
      undefined,
    ])
  })

  test('of docs/README.md reach every document beside it', () => {
    const linked = linksIn(textOf('docs/README.md')).map(({ target }) => target.split('#')[0])
    const beside = paths.filter((path) => /^docs\/[^/]+\.md$/.test(path)).map((path) => path.slice('docs/'.length))
    expect(beside.filter((path) => path !== 'README.md' && !linked.includes(path))).toEqual([])
  })
})

describe('the commands that the documents name', () => {
  const { scripts } = JSON.parse(read('package.json') ?? '') as { scripts: Record<string, string> }
  const inCode = (text: string): string =>
    [
      ...blocksIn(text).map((block) => block.text),
      ...[...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
    ].join('\n')

  test.each(paths)('in %s exist', (path) => {
    const code = inCode(textOf(path))
    const named = [...code.matchAll(/\bnpm (?:run (?:-s )?([\w:-]+)|(start|test)\b)/g)].map(
      ([, script, own]) => script ?? own ?? '',
    )
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([])
    const commands = [...code.matchAll(/^\s*(?:npx )?latchkey-server ([a-z]+(?: [a-z]+)?)/gm)].map(
      ([, words = '']) => words,
    )
    const known = anchorsIn(textOf('docs/cli.md'))
    const isKnown = (words: string): boolean =>
      [words, words.split(' ')[0]].some((each) => known.includes(`latchkey-server ${each}`.replaceAll(' ', '-')))
    expect(commands.filter((words) => !isKnown(words))).toEqual([])
  })

  test("in README.md are the newcomer's two, and the tests", () => {
    const readme = textOf('README.md')
    expect(readme).toMatch(/npm ci && npm start/)
    expect(readme).toMatch(/npm test/)
    for (const script of ['prepare', 'start', 'test']) expect(scripts).toHaveProperty(script)
  })
})
