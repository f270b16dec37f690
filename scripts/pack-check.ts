// npm run pack:check — packs both packages as npm would publish them and looks at what is inside. The mistake it
// prevents: a package that works here, where the sources stand beside it, and breaks for everyone who installs it: a
// file that `files` forgot, one left over from a source that is gone, types that no resolver finds. Build first.

import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter)
const inRepository = { cwd: root, encoding: 'utf8', env: { ...process.env, PATH: path } } as const
const packages = ['latchkey', 'latchkey-server'] as const

export interface Packed {
  readonly name: (typeof packages)[number]
  readonly tarball: string
  /** Paths inside the package. */
  readonly files: readonly string[]
}

/** Packs both packages into a folder. Throws what npm says where it cannot. */
export function packAll(folder: string): Packed[] {
  return packages.map((name) => {
    const args = ['pack', `./packages/${name}`, '--pack-destination', folder, '--json', '--ignore-scripts']
    const said = outputOf(`npm pack ${name}`, spawnSync('npm', args, inRepository))
    const [packed] = JSON.parse(said) as { filename: string; files: { path: string }[] }[]
    if (packed === undefined) throw new Error(`npm packed nothing for ${name}`)
    return { name, tarball: join(folder, packed.filename), files: packed.files.map(({ path }) => path) }
  })
}

type Result = Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr' | 'error'>

function outputOf(what: string, { status, stdout, stderr, error }: Result): string {
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${what} failed:\n${stdout}${stderr}`)
  return stdout
}

const always = ['LICENSE', 'README.md', 'package.json']
const known: Readonly<Record<Packed['name'], RegExp>> = {
  latchkey: /^(LICENSE|README\.md|package\.json|src\/.+\.ts|dist\/.+\.(js|d\.ts)(\.map)?)$/,
  'latchkey-server':
    /^(LICENSE|README\.md|package\.json|bin\/[\w-]+\.js|page\/[\w-]+\.(html|css|svg)|src\/.+\.ts|src\/page\/tsconfig\.json|dist\/.+\.(js|d\.ts)(\.map)?)$/,
}

/** What is wrong with the files of a package: too much, or too little. */
export function faultsOf({ name, files }: Packed): string[] {
  const has = new Set(files)
  // Declarations of what others have left untyped are not built.
  const sources = files.filter((path) => /^src\/.+(?<!\.d)\.ts$/.test(path)).map((path) => path.slice(4, -3))
  const built = (stem: string): string[] => ['js', 'js.map', 'd.ts', 'd.ts.map'].map((end) => `dist/${stem}.${end}`)
  const expected = [...always, ...sources.flatMap(built)]
  const stems = new Set(sources)
  return [
    ...files.filter((path) => !known[name].test(path)).map((path) => `${path} does not belong there`),
    ...files.filter((path) => /\.test\.|(^|\/)test\//.test(path)).map((path) => `${path} is a test`),
    ...expected.filter((path) => !has.has(path)).map((path) => `${path} is missing`),
    ...files
      .filter((path) => path.startsWith('dist/') && !stems.has(path.replace(/^dist\/|(\.d\.ts|\.js)(\.map)?$/g, '')))
      .map((path) => `${path} has no source any more: delete dist and build again`),
  ]
}

function faultOf(what: string, result: Result): string[] {
  try {
    outputOf(what, result)
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

function check(folder: string): string[] {
  const packed = packAll(folder)
  const faults = packed.flatMap((each) => faultsOf(each).map((fault) => `${each.name}: ${fault}`))
  for (const { name, tarball } of packed) {
    faults.push(...faultOf(`publint on ${name}`, spawnSync('publint', ['run', tarball, '--strict'], inRepository)))
    if (name !== 'latchkey') continue
    const args = [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color']
    faults.push(...faultOf(`attw on ${name}`, spawnSync('attw', args, inRepository)))
  }
  for (const { name, files } of packed) console.log(`${name}: ${files.length} files`)
  return faults
}

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-pack-'))
  try {
    const faults = check(folder)
    for (const fault of faults) console.error(`pack:check: ${fault}`)
    if (faults.length > 0) process.exitCode = 1
    else console.log('Both packages hold what they should; publint and attw find nothing.')
  } finally {
    rmSync(folder, { recursive: true })
  }
}
