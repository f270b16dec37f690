// Every TypeScript block of the documents compiles, as strictly as the sources do. The mistake it prevents: a reader
// copies ten lines, and they have never worked, or no longer do. There is no way to mark a block as an exception.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocksIn, documents, textOf } from './markdown.ts'
import { run } from './programs.ts'
import { root } from './sources.ts'

const cache = join(root, 'node_modules/.cache')
const tsc = join(root, 'node_modules/typescript/bin/tsc')

const shown = documents().filter((path) => path === 'README.md' || path.startsWith('docs/'))
const blocks = shown.flatMap((path) => blocksIn(textOf(path)).map((block) => ({ path, ...block })))
const programs = blocks.filter(({ info }) => info === 'ts')

const configuration = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: { noEmit: true, isolatedDeclarations: false, declaration: false, declarationMap: false },
  include: ['*.ts'],
}

const nameOf = ({ path, line }: { readonly path: string; readonly line: number }): string =>
  `${path.replaceAll(/\W/g, '-')}-line-${line}.ts`

describe('the code in README.md and docs/', () => {
  let folder = ''
  beforeAll(() => {
    mkdirSync(cache, { recursive: true })
    folder = mkdtempSync(join(cache, 'latchkey-docs-'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const compile = (): ReturnType<typeof run> => run([tsc, '-p', folder, '--pretty', 'false'])

  test('is there, and says its language by one name', () => {
    expect(programs.length).toBeGreaterThan(10)
    const languages = new Set(blocks.map(({ info }) => info))
    expect([...languages].filter((info) => !['ts', 'sh', 'json', 'text', 'mermaid', 'console'].includes(info))).toEqual(
      [],
    )
  })

  test('asks the compiler for no exception', () => {
    for (const { path, line, text } of programs) {
      expect(text, `${path}:${line}`).not.toMatch(/@ts-|\bas any\b|: any\b/)
    }
  })

  test('compiles', async () => {
    for (const block of programs) writeFileSync(join(folder, nameOf(block)), block.text)
    const { code, stdout } = await compile()
    expect(stdout).toBe('')
    expect(code).toBe(0)
  })

  test('is compiled for real: a block with a mistake in it is noticed', async () => {
    const mistaken = join(folder, 'mistaken.ts')
    writeFileSync(
      mistaken,
      "import { createLatchkey } from 'latchkey'\nawait createLatchkey({ isuer: 'https://a.example' })\n",
    )
    const { code, stdout } = await compile()
    rmSync(mistaken)
    expect(stdout).toMatch(/mistaken\.ts.*isuer/)
    expect(code).not.toBe(0)
  })
})
