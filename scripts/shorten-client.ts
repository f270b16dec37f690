// The last step of the build, for the client alone: writes its JavaScript once more, with short names for the members that
// its parts use among themselves. Whoever bundles the client shortens the names of its functions and variables, but cannot
// know which members nobody else asks for. Everything a user can see keeps its name: options, errors, events, states, and
// whatever a storage keeps, which another release must be able to read.

import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

/**
 * Members of records that no one but the client holds, and what they are called in what is shipped. Which letter is whose is
 * nothing to a reader, and a few bytes to a page: these were found by trying, two swapped at a time.
 * `test/meta/short-names.test.ts` looks after them.
 */
export const shortNames: Readonly<Record<string, string>> = {
  // core.ts
  base: 't',
  busy: 'f',
  channel: 'E',
  cookies: 'p',
  held: 'd',
  isDisposed: 'B',
  isNobody: 'a',
  listeners: 'v',
  mode: 's',
  over: 'P',
  refused: 'u',
  renewing: 'U',
  snapshot: 'l',
  stopTimer: 'G',
  storage: 'm',
  told: 'o',
  trouble: 'n',
  // backoff.ts, held.ts, sturdy.ts, wire.ts
  details: 'T',
  fails: 'i',
  leadMs: 'A',
  leftMs: 'r',
  restMs: 'Z',
  windowMs: 'R',
  // ports.ts
  after: 'L',
  chance: 'g',
  dropHint: 'h',
  hint: 'Y',
  openChannel: 'b',
  steady: 'w',
  surroundings: 'S',
  // proof.ts, transport.ts
  begin: 'I',
  nonceHeader: 'e',
  prove: 'c',
  covered: 'J',
  keep: 'X',
  keepsTexts: 'Q',
}

const client = fileURLToPath(new URL('../packages/latchkey/dist/client', import.meta.url))
/** Where the compiler has put it, with its own names. */
const compiled = fileURLToPath(new URL('../packages/latchkey/dist/.client', import.meta.url))

if (import.meta.main) {
  const files = globSync('**/*.js', { cwd: compiled })
  if (files.length === 0) throw new Error(`nothing was compiled in ${compiled}`)
  const { outputFiles } = buildSync({
    entryPoints: files.map((path) => join(compiled, path)),
    outbase: compiled,
    outdir: client,
    format: 'esm',
    target: 'esnext',
    mangleProps: new RegExp(`^(?:${Object.keys(shortNames).join('|')})$`),
    // Otherwise each file would have names of its own.
    mangleCache: { ...shortNames },
    sourcemap: true,
    sourcesContent: false,
    write: false,
  })
  const made = new Map(outputFiles.map(({ path, contents }) => [path, contents]))
  const before = globSync('**/*.js{,.map}', { cwd: client }).map((path) => join(client, path))
  for (const path of before) if (!made.has(path)) rmSync(path)
  // What is right stays as it is: somebody may be reading it.
  for (const [path, contents] of made) {
    if (before.includes(path) && readFileSync(path).equals(contents)) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, contents)
  }
}
