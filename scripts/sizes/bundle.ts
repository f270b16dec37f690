// Bundles a few lines of code as an application's build would, and weighs the result. Everything that speaks of the
// client's size goes through here: the table in the documents, and the test that fails above the budget.

import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { buildSync, type BuildOptions } from 'esbuild'

export const root: string = fileURLToPath(new URL('../../', import.meta.url))

const client = 'packages/latchkey/dist/client'

/** The client's subpaths, as the package ships them: build first. */
export const subpaths: Readonly<Record<string, string>> = {
  'latchkey/client/dpop': `${root}${client}/dpop.js`,
  'latchkey/client/react': `${root}${client}/adapters/react.js`,
  'latchkey/client/axios': `${root}${client}/adapters/axios.js`,
  'latchkey/client/ky': `${root}${client}/adapters/ky.js`,
  'latchkey/client': `${root}${client}/index.js`,
}

export interface Bundle {
  /** What a browser would load, minified. */
  readonly code: string
  /** The files whose code is in it, by their paths from the root. */
  readonly files: readonly string[]
  /** What it still imports when it runs. */
  readonly imports: readonly string[]
}

/** Bundles lines that stand in no file. `external` packages are left for the application to bring. */
export function bundle(lines: string, external: readonly string[] = [], target = 'es2022'): Bundle {
  const { outputFiles, metafile } = buildSync({
    ...settings,
    stdin: { contents: lines, resolveDir: root },
    external: [...external],
    target,
  })
  const [output] = Object.values(metafile.outputs)
  if (output === undefined) throw new Error(`nothing came of: ${lines}`)
  return {
    code: outputFiles.map(({ text }) => text).join(''),
    files: Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 && path !== '<stdin>' ? [path] : [],
    ),
    imports: output.imports.map(({ path }) => path),
  }
}

// As for production, and without the sentence about itself that a development build of a package may hold.
const settings = {
  alias: { ...subpaths },
  absWorkingDir: root,
  bundle: true,
  define: { 'process.env.NODE_ENV': '"production"' },
  format: 'esm',
  legalComments: 'none',
  logLevel: 'silent',
  metafile: true,
  minify: true,
  platform: 'browser',
  write: false,
} as const satisfies BuildOptions

/** Bytes. */
export interface Weight {
  readonly minified: number
  readonly gzip: number
  readonly brotli: number
}

export function weigh(code: string): Weight {
  const bytes = Buffer.from(code)
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
  return { minified: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli.length }
}
