// Writes everything in docs/ that the code knows better than a person: between markers, from the built packages, so
// build first. With --check it writes nothing and fails on any difference, in either direction.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { differences, fill } from './docs/markers.ts'
import { sections } from './docs/sections.ts'
import { vectorsJson } from './docs/vectors.ts'

interface Page {
  readonly path: string
  readonly is: string
  readonly shouldBe: string
}

const folder = new URL('../docs/', import.meta.url)

function read(name: string): string {
  try {
    return readFileSync(new URL(name, folder), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Every page as it is and as it should be. Throws where a section has no place, or a place no section. */
function pages(): Page[] {
  const made = new Map<string, string>()
  const sectionOf = (name: string): string => {
    const make = sections.get(name)
    if (make === undefined)
      throw new Error(`"generated:${name}" names no section; there are ${[...sections.keys()].join(', ')}`)
    if (made.has(name)) throw new Error(`"generated:${name}" stands in two places`)
    made.set(name, make())
    return made.get(name) ?? ''
  }
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'))
  const written = names.map((name) => {
    const is = read(name)
    return { path: `docs/${name}`, is, shouldBe: fill(`docs/${name}`, is, sectionOf) }
  })
  const homeless = [...sections.keys()].filter((name) => !made.has(name))
  if (homeless.length > 0)
    throw new Error(`no document has a place for ${homeless.map((name) => `"generated:${name}"`).join(', ')}`)
  return [...written, { path: 'docs/vectors.json', is: read('vectors.json'), shouldBe: vectorsJson() }]
}

function check(all: readonly Page[]): void {
  const found = all.flatMap(({ path, is, shouldBe }) => differences(path, is, shouldBe))
  if (found.length === 0) return
  for (const difference of found) console.error(difference)
  console.error('The documents do not say what the code does: `npm run docs` writes them anew.')
  process.exitCode = 1
}

try {
  const all = pages()
  if (process.argv.includes('--check')) check(all)
  else for (const { path, shouldBe } of all) writeFileSync(new URL(`../${path}`, import.meta.url), shouldBe)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
