// latchkey-server sweep

import type { Command } from 'commander'
import { print, withDeployment, type OutputOptions } from './output.ts'

export function addSweep(program: Command): void {
  program
    .command('sweep')
    .description(
      'delete sessions that ended longer ago than LATCHKEY_RETENTION_SECONDS, and audit rows older than LATCHKEY_AUDIT_DAYS; beside a running server too',
    )
    .option('--json', 'print JSON')
    .action(sweep)
}

async function sweep(options: OutputOptions): Promise<void> {
  const onScreen = process.stderr.isTTY && options.json !== true
  const onProgress = (removed: number): void => {
    if (onScreen) process.stderr.write(`\rdeleted ${removed} `)
  }
  const { removed, auditRows } = await withDeployment(async ({ latchkey, audit }) => ({
    removed: await latchkey.sweep({ onProgress }),
    auditRows: await audit.sweep(latchkey.now()),
  }))
  if (onScreen) process.stderr.write('\r')
  print(options, { removed, auditRows }, `Deleted ${removed} dead sessions and ${auditRows} audit rows.`)
}
