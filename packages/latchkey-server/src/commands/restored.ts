// latchkey-server restored: what to do about sessions after a backup has been put back. A backup has forgotten who was
// signed out after it was made, and only a person can say whether that matters more than signing everybody out.

import type { Command } from 'commander'
import { endAll } from './end-all.ts'
import { instantOf } from './instant.ts'
import { exitCodes, Failure, print, withDeployment, type OutputOptions } from './output.ts'

interface RestoredOptions extends OutputOptions {
  readonly at: string
  readonly endSessions?: boolean
  readonly keepSessions?: boolean
}

export function addRestored(program: Command): void {
  program
    .command('restored')
    .description('decide about sessions after a backup of the database has been restored')
    .requiredOption('--at <time>', 'when the backup was made, as ISO 8601 with a time zone: 2026-01-31T03:00:00Z')
    .option('--end-sessions', 'end every session of every user')
    .option('--keep-sessions', 'change nothing')
    .option('--json', 'print JSON')
    .action(restored)
}

async function restored(options: RestoredOptions): Promise<void> {
  const at = instantOf('--at', options.at)
  if (at > Date.now()) throw new Failure(exitCodes.usage, '--at is in the future: say when the backup was made')
  if ((options.endSessions === true) === (options.keepSessions === true)) {
    throw new Failure(exitCodes.usage, 'choose --end-sessions or --keep-sessions, and not both')
  }
  const end = options.endSessions === true
  const time = new Date(at).toISOString()
  const ended = await withDeployment(async (deployment) => {
    const sessionsEnded = end ? await endAll(deployment) : 0
    const details = { decision: end ? 'end-sessions' : 'keep-sessions', backup: time, sessionsEnded }
    await deployment.audit.write({ at: deployment.latchkey.now(), event: 'restored', details })
    return sessionsEnded
  })
  print(options, { at: time, sessionsEnded: ended }, (end ? afterEnding(time, ended) : afterKeeping(time)).join('\n'))
}

const lost = (time: string): string =>
  `New users, new passwords and disabled users since ${time} are lost where users were restored too: set them again.`

const afterEnding = (time: string, ended: number): string[] => [
  `Sessions ended: ${ended}. Everybody must sign in again.`,
  'An access token of a session that the backup does not know works until it expires.',
  lost(time),
]

const afterKeeping = (time: string): string[] => [
  `Nothing was changed. Sessions that began before ${time} go on by themselves; later ones must sign in again.`,
  `Sessions that were ended since ${time} are alive again: whoever holds such a token can use it.`,
  lost(time),
]
