// docs/client-sizes.md: one table, weighed anew from the sources and the installed packages at every run, so that a byte
// more is a difference which somebody has to look at.

import { readFileSync } from 'node:fs'
import { bundle, root, weigh } from '../sizes/bundle.ts'
import { field, ours, type Subject } from '../sizes/subjects.ts'
import { table } from './table.ts'

function versionOf(name: string): string {
  const manifest = JSON.parse(readFileSync(`${root}node_modules/${name}/package.json`, 'utf8')) as { version: string }
  return manifest.version
}

const grouped = (bytes: number): string => bytes.toLocaleString('en-US')

function row({ name, package: installed, lines, external, holds }: Subject): string[] {
  const { minified, gzip, brotli } = weigh(bundle(lines, external).code)
  const version = installed === undefined ? '' : ` ${versionOf(installed)}`
  return [`${name}${version}`, ...[minified, gzip, brotli].map(grouped), holds]
}

/** Bytes of what a browser loads: ours first, then the field, the lightest first. */
export function sizesTable(): string {
  return table(['Bundle', 'Minified', 'gzip -9', 'Brotli', 'What is in it'], [...ours, ...field].map(row))
}
