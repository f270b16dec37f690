// The last step of the build, for the client alone: writes its JavaScript once more, with short names for the members that
// its parts use among themselves. Whoever bundles the client shortens the names of its functions and variables, but cannot
// know which members nobody else asks for. Everything a user can see keeps its name: options, errors, events, states, and
// whatever a storage keeps, which another release must be able to read.

import { globSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

/** Members of records that no one but the client holds. `test/meta/short-names.test.ts` looks after the list. */
export const ownNames: readonly string[] = [
  // core.ts
  'busy',
  'channel',
  'cookies',
  'held',
  'isDisposed',
  'isNobody',
  'listeners',
  'over',
  'refused',
  'renewing',
  'stopTimer',
  'told',
  'trouble',
  // backoff.ts, held.ts, sturdy.ts, wire.ts
  'details',
  'fails',
  'leadMs',
  'leftMs',
  'restMs',
  'windowMs',
  // ports.ts
  'after',
  'dropHint',
  'hint',
  'openChannel',
  'steady',
  'surroundings',
  // proof.ts
  'begin',
  'nonceHeader',
  'prove',
]

const letters = 'abcdefghijklmnopqrstuvwzABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** What each is called in what is shipped. */
export const shortNames: Readonly<Record<string, string>> = Object.fromEntries(
  ownNames.map((name, index) => [name, letters.charAt(index)]),
)

const client = fileURLToPath(new URL('../packages/latchkey/dist/client', import.meta.url))
/** Where the compiler has put it, with its own names. */
const compiled = fileURLToPath(new URL('../packages/latchkey/dist/.client', import.meta.url))

if (import.meta.main) {
  for (const path of globSync('**/*.js{,.map}', { cwd: client })) rmSync(`${client}/${path}`)
  buildSync({
    entryPoints: globSync(`${compiled}/**/*.js`),
    outbase: compiled,
    outdir: client,
    format: 'esm',
    target: 'esnext',
    mangleProps: new RegExp(`^(?:${ownNames.join('|')})$`),
    // Otherwise each file would have names of its own.
    mangleCache: { ...shortNames },
    sourcemap: true,
    sourcesContent: false,
  })
}
