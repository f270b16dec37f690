// The repository's own files, as the checks of its shape see them: whatever is there, committed or not, and nothing
// that was built or installed. A check that listed its files by hand would pass for the one that somebody forgot.

import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../', import.meta.url))

// test/dist is a folder of tests, packages/*/dist is built.
const left = /(^|\/)(node_modules|coverage|data|\.git)$|^packages\/[\w-]+\/dist$/

/** The text of a file, by its path from the root; undefined where there is none. */
export function read(path: string): string | undefined {
  try {
    return readFileSync(root + path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Every TypeScript file under these folders: its text by its path from the root. Throws where a folder is missing. */
export function sourcesUnder(...folders: readonly string[]): Map<string, string> {
  const paths = folders.flatMap((folder) => pathsUnder(folder)).filter((path) => path.endsWith('.ts'))
  return new Map(paths.map((path) => [path, read(path) ?? '']))
}

function pathsUnder(folder: string): string[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return left.test(path) ? [] : pathsUnder(path)
    return [path]
  })
}

/** The two packages and their manifests. */
export const packages = ['latchkey', 'latchkey-server'] as const

export interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>
  readonly dependencies: Readonly<Record<string, string>>
}

export const manifestOf = (name: (typeof packages)[number]): Manifest =>
  JSON.parse(read(`packages/${name}/package.json`) ?? '') as Manifest
