// docs/cli.md: what each command says of itself with --help.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { fenced } from './table.ts'

const program = 'latchkey-server'
const bin = fileURLToPath(new URL('../../packages/latchkey-server/bin/latchkey-server.js', import.meta.url))

/** Every command with its help, the program itself first. */
export const commandHelp = (): string => sectionsOf([]).join('\n\n')

function sectionsOf(path: readonly string[]): string[] {
  const help = helpOn(path)
  const own = [`## \`${[program, ...path].join(' ')}\``, fenced('text', help)].join('\n\n')
  return [own, ...subcommandsIn(help).flatMap((name) => sectionsOf([...path, name]))]
}

// No terminal, and no setting of whoever runs this, may change what is printed.
const helpOn = (path: readonly string[]): string =>
  execFileSync(process.execPath, [bin, ...path, '--help'], { env: { NO_COLOR: '1' }, encoding: 'utf8' })

/** Names under "Commands:"; a continued description is indented deeper. */
function subcommandsIn(help: string): string[] {
  const [, list = ''] = /^Commands:\n((?: {2}.*\n)+)/m.exec(help) ?? []
  return [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help')
}
