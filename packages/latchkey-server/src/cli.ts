// The command line: names the commands and turns every failure into one clear sentence and an exit code.

import { Command, CommanderError } from 'commander'
import { MisuseError } from 'latchkey'
import { ClientError } from './clients/directory.ts'
import { addAudit } from './commands/audit.ts'
import { addClients } from './commands/clients.ts'
import { addDoctor } from './commands/doctor.ts'
import { exitCodes, Failure } from './commands/output.ts'
import { addKeys } from './commands/keys.ts'
import { addServe } from './commands/serve.ts'
import { addRestored } from './commands/restored.ts'
import { addSessions } from './commands/sessions.ts'
import { addSweep } from './commands/sweep.ts'
import { addUsers } from './commands/users.ts'
import { ConfigError } from './config.ts'
import { isOutage, reasonOf } from './outage.ts'
import { settings } from './settings.ts'
import { UserError } from './users/directory.ts'

const program = new Command('latchkey-server')
  .description('Sessions that renew silently: sign-in, renewal, sign-out, ready to run.')
  .exitOverride()
  // Whoever gives a password as an argument must not read it again in the complaint, or in a log of it.
  .configureOutput({ outputError: (text, write) => write(withoutValues(text)) })
  .showHelpAfterError('(add --help for what this command takes)')
  .addHelpText('after', () => `\n${helpOnSettings()}\n${helpOnExitCodes()}`)

const commands = [addServe, addUsers, addSessions, addClients, addKeys, addAudit, addSweep, addRestored, addDoctor]
for (const add of commands) add(program)

const withoutValues = (text: string): string =>
  text.replace(/(but got \d+): .*/, '$1.').replace(/'(--?[\w-]+)=[^']*'/, "'$1'")

function helpOnSettings(): string {
  const width = Math.max(...settings.map(({ name }) => name.length))
  const lines = settings.map(
    (each) => `  ${each.name.padEnd(width)}  ${each.says}${each.default && ` (${each.default})`}`,
  )
  return ['Settings, from the environment:', ...lines, ''].join('\n')
}

function helpOnExitCodes(): string {
  return ['Exit codes:', ...Object.values(exitCodes).map(({ code, says }) => `  ${code}  ${says}`)].join('\n')
}

function codeAndMessageOf(error: unknown): { readonly code: number; readonly message: string } {
  // Commander has said what it had to say.
  if (error instanceof CommanderError) return { code: error.exitCode === 0 ? 0 : exitCodes.usage.code, message: '' }
  if (error instanceof ConfigError) return { code: exitCodes.usage.code, message: `settings:\n${error.message}` }
  if (error instanceof Failure) return { code: error.exit.code, message: error.message }
  if (error instanceof UserError || error instanceof ClientError || error instanceof MisuseError)
    return { code: exitCodes.failed.code, message: error.message }
  if (isOutage(error)) return { code: exitCodes.unavailable.code, message: reasonOf(error) }
  return { code: exitCodes.failed.code, message: reasonOf(error) }
}

try {
  await program.parseAsync()
} catch (error) {
  const { code, message } = codeAndMessageOf(error)
  if (message !== '') process.stderr.write(`latchkey-server: ${message}\n`)
  process.exitCode = code
}
