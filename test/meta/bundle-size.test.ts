// C6: the client stays small, alone and apart. The mistake it prevents: one convenient import, or fifty bytes a week, and
// what began as five kilobytes is twenty a year later; or a page loads the code of an adapter that it does not use. What
// is weighed is what esbuild makes of the package as it is published; each rule is also tried on a bundle that breaks it.

import { describe, expect, test } from 'vitest'
import { bundle, root, subpaths, weigh, type Bundle } from '../../scripts/sizes/bundle.ts'
import { ours } from '../../scripts/sizes/subjects.ts'

const budgetBytes = 5000

const [core] = ours.map(({ lines }) => lines)
const page = bundle(core ?? '')

const isOverBudget = ({ code }: Pick<Bundle, 'code'>): boolean => weigh(code).gzip > budgetBytes

const client = 'packages/latchkey/dist/client'
const addition = new RegExp(`^${client}/(?:dpop\\b|adapters/)`)

/** Everything in a bundle that is not the core's own. */
const foreignIn = ({ files, imports }: Bundle): string[] => [
  ...files.filter((path) => !path.startsWith(`${client}/`) || addition.test(path)),
  ...imports,
]

const nodeOnly = /\b(?:process|Buffer|require|__dirname|__filename)\b|\bnode:/g
const nodeIn = (code: string): string[] => [...code.matchAll(nodeOnly)].map(([word]) => word)

// The bundler rewrites what is newer than its target, so where both agree there was nothing to rewrite.
const isEs2022 = (lines: string): boolean => bundle(lines, [], 'es2022').code === bundle(lines, [], 'esnext').code

describe('the core of latchkey/client', () => {
  test(`is at most ${budgetBytes} bytes after gzip (C6)`, () => {
    expect(page.code).toContain('Latchkey-Transport')
    expect(weigh(page.code).gzip).toBeLessThanOrEqual(budgetBytes)
  })

  test('has no dependency, and no code of DPoP, of an adapter or of the server in it (C6)', () => {
    expect(page.files).toContain(`${client}/create-client.js`)
    expect(foreignIn(page)).toEqual([])
  })

  test('needs nothing that only Node has (C6)', () => {
    expect(nodeIn(page.code)).toEqual([])
  })

  test('is written in ES2022, so that no browser since 2022 needs it rewritten (C6)', () => {
    expect(isEs2022(core ?? '')).toBe(true)
  })

  test('goes away but for what is used (C6)', () => {
    const { code, files } = bundle("export { isClientError } from 'latchkey/client'")
    expect(files).toEqual([`${client}/errors.js`])
    expect(weigh(code).minified).toBeLessThan(200)
    expect(bundle("import 'latchkey/client'").code.trim()).toBe('')
  })
})

describe('what is beside the core', () => {
  const besides = Object.entries(subpaths).flatMap(([name, path]) =>
    name === 'latchkey/client' ? [] : [[name, path.slice(root.length)] as const],
  )
  const entries = [`${client}/create-client.js`, ...besides.map(([, path]) => path)]

  test.each(besides)('%s brings neither the core nor another addition (C6)', (name, path) => {
    const { files } = bundle(`export * from '${name}'`, ['axios', 'ky', 'react'])
    expect(entries.filter((entry) => files.includes(entry))).toEqual([path])
  })
})

describe('the check of the client’s bundle', () => {
  test('fails a bundle that is padded beyond the budget (C6)', () => {
    const unrepeated = Array.from({ length: 3000 }, (_, index) => (index * index * 7919).toString(36)).join('')
    expect(isOverBudget(bundle("export { isClientError } from 'latchkey/client'"))).toBe(false)
    expect(isOverBudget(bundle(`${core}export const padding = '${unrepeated}'`))).toBe(true)
  })

  test.each([
    ['a dependency', `import { decodeJwt } from 'jose'\nexport const read = decodeJwt`],
    ['an adapter', `export * from 'latchkey/client/axios'`],
    ['DPoP', `export * from 'latchkey/client/dpop'`],
  ])('finds %s in a bundle (C6)', (_what, line) => {
    expect(foreignIn(bundle(`${core}${line}`, ['axios']))).not.toEqual([])
  })

  test('finds what only Node has (C6)', () => {
    const lines = `if (process.env.DEBUG) globalThis.all = Buffer.from('')\nimport('node:fs')`
    expect(nodeIn(bundle(lines, ['node:fs']).code)).toEqual(['process', 'Buffer', 'node:'])
    expect(nodeIn('const processed = 1; const node = { buffer: 2 }')).toEqual([])
  })

  test('finds syntax that is newer than ES2022 (C6)', () => {
    expect(isEs2022('export const same = (a) => a?.b ?? class { static #c = 1; static { this.d = this.#c } }')).toBe(
      true,
    )
    expect(isEs2022('{ using held = open(); held.work() }')).toBe(false)
    expect(isEs2022('export const pattern = /[a--b]/v')).toBe(false)
  })
})
