// latchkey-server sweep

import type { Command } from 'commander'
import { print, withDeployment, type OutputOptions } from './output.ts'

export function addSweep(program: Command): void {
  program
    .command('sweep')
    .description('delete sessions that ended longer ago than LATCHKEY_RETENTION_SECONDS; beside a running server too')
    .option('--json', 'print JSON')
    .action(sweep)
}

async function sweep(options: OutputOptions): Promise<void> {
  const onScreen = process.stderr.isTTY && options.json !== true
  const onProgress = (removed: number): void => {
    if (onScreen) process.stderr.write(`\rdeleted ${removed} `)
  }
  const removed = await withDeployment(({ latchkey }) => latchkey.sweep({ onProgress }))
  if (onScreen) process.stderr.write('\r')
  print(options, { removed }, `Deleted ${removed} dead sessions.`)
}
