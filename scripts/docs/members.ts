// Reads the members of an interface out of a source file: their names, types and sentences. Types are gone when a
// program runs, so what the documentation says about them has to come from the text.

import { readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)

export interface Member {
  readonly name: string
  readonly optional: boolean
  readonly type: string
  /** The doc comment on one line; empty where there is none. */
  readonly says: string
}

/** The members and methods of `export interface NAME` in a file named from the root. Throws where there are none. */
export function membersOf(path: string, name: string): Member[] {
  const body = blockOf(path, new RegExp(`^export interface ${name}\\b[^{]*\\{\\n([^]*?)^\\}`, 'm'), `interface ${name}`)
  const members = [
    ...body.matchAll(
      /(?:^ {2}\/\*\*(?<doc>[^]*?)\*\/\n)?^ {2}(?:readonly )?(?<name>\w+)(?<optional>\??)(?:: |(?=\())(?<type>.+)$/gm,
    ),
  ]
  if (members.length === 0) throw new Error(`interface ${name} in ${path} has no members that can be read`)
  return members.map(({ groups = {} }) => ({
    name: groups['name'] ?? '',
    optional: groups['optional'] === '?',
    type: groups['type'] ?? '',
    says: oneLine(groups['doc'] ?? ''),
  }))
}

/** What each `throw invalid('…')` of a function says. Throws where the function is not there. */
export function refusalsIn(path: string, name: string): string[] {
  const body = blockOf(path, new RegExp(`^function ${name}\\([^]*?\\{\\n([^]*?)^\\}`, 'm'), `function ${name}`)
  const refusals = [...body.matchAll(/throw invalid\('([^']+)'\)/g)].map(([, says = '']) => says)
  if (refusals.length === 0) throw new Error(`function ${name} in ${path} refuses nothing`)
  return refusals
}

function blockOf(path: string, pattern: RegExp, what: string): string {
  const [, body] = pattern.exec(readFileSync(new URL(path, root), 'utf8')) ?? []
  if (body === undefined) throw new Error(`there is no ${what} in ${path}: has it moved?`)
  return body
}

const oneLine = (doc: string): string =>
  doc
    .replace(/^\s*\*/gm, '')
    .replace(/\s+/g, ' ')
    .trim()
