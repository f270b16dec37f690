// Makes the script of a page out of its source, in memory, with the client as the package ships it: what is tested is what
// a page loads.

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const bundles = new Map<string, Promise<string>>()

/** One classic script from this entry and all that it imports; made once for each entry. */
export function bundleOf(entry: URL): Promise<string> {
  const known = bundles.get(entry.href)
  if (known !== undefined) return known
  const made = bundle(fileURLToPath(entry))
  bundles.set(entry.href, made)
  return made
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
    logLevel: 'silent',
    // The project that a source belongs to is for its checking, not for its bundling.
    tsconfigRaw: {},
  })
  return outputFiles[0]?.text ?? ''
}
