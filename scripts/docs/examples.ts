// The programs of examples/, shown in the documents word for word, so that what is read is what the tests run.

import { readFileSync } from 'node:fs'
import { fenced } from './table.ts'

export const exampleText = (name: string): string =>
  fenced('ts', readFileSync(new URL(`../../examples/${name}.ts`, import.meta.url), 'utf8'))
