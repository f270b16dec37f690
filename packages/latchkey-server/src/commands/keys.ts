// latchkey-server keys list | rotate

import type { Command } from 'commander'
import type { ListedKey } from 'latchkey'
import { readConfig } from '../config.ts'
import { exitCodes, Failure, instant, print, table, withDeployment, type OutputOptions } from './output.ts'

interface RotateOptions extends OutputOptions {
  readonly signing?: boolean
  readonly refresh?: boolean
}

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('list the keys, and follow them by new ones')
  keys
    .command('list')
    .description('list the keys, without anything secret of them')
    .option('--json', 'print JSON')
    .action(list)
  keys
    .command('rotate')
    .description('make new keys, used as soon as every node knows them; signs nobody out. Both kinds, or the one named')
    .option('--signing', 'the key that signs access tokens')
    .option('--refresh', 'the root from which refresh tokens of new sessions are made')
    .option('--json', 'print JSON')
    .action(rotate)
}

async function list(options: OutputOptions): Promise<void> {
  const keys = await withDeployment(async ({ latchkey }) => latchkey.keys())
  show(options, keys)
}

async function rotate({ signing, refresh, ...options }: RotateOptions): Promise<void> {
  if (readConfig(process.env).secrets.length === 0) {
    throw new Failure(exitCodes.failed, 'only keys that are kept in the database can be rotated: set LATCHKEY_SECRET')
  }
  const both = signing !== true && refresh !== true
  const keys = await withDeployment(async ({ latchkey, audit }) => {
    const wanted = { signing: both || signing === true, refresh: both || refresh === true }
    await latchkey.rotateKeys(wanted)
    await audit.write({ at: latchkey.now(), event: 'keys_rotated', details: wanted })
    return latchkey.keys()
  })
  show(options, keys)
}

function show(options: OutputOptions, keys: readonly ListedKey[]): void {
  const rows = keys.map(({ use, kid, state, usedFrom, until }) => [use, kid, state, from(usedFrom), instant(until)])
  print(options, keys.map(viewOf), table(['USE', 'KID', 'STATE', 'USED FROM (UTC)', 'UNTIL'], rows))
}

// 0 stands for a key that nobody has timed.
const from = (ms: number): string => instant(ms === 0 ? null : ms)

const viewOf = ({ usedFrom, until, ...key }: ListedKey): object => ({
  ...key,
  usedFrom: usedFrom === 0 ? null : new Date(usedFrom).toISOString(),
  until: until === null ? null : new Date(until).toISOString(),
})
