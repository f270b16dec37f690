// latchkey-server doctor: checks settings, keys, database and clock, changes nothing, and says what to mend.

import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Command } from 'commander'
import { openKeyFile, parseKeySet } from 'latchkey/key-file'
import { readConfig, type Config } from '../config.ts'
import { exitCodes, print, type OutputOptions } from './output.ts'

interface Finding {
  readonly check: string
  readonly result: 'ok' | 'warning' | 'failure'
  /** What was found and, where something is wrong, how to mend it. */
  readonly says: string
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check settings, keys, database and clock; changes nothing and says what to mend')
    .option('--json', 'print JSON')
    .action(doctor)
}

function doctor(options: OutputOptions): void {
  const findings = examine()
  const marks = { ok: 'ok      ', warning: 'warning ', failure: 'FAILURE ' } as const
  print(options, findings, findings.map(({ check, result, says }) => `${marks[result]}${check}: ${says}`).join('\n'))
  if (findings.some(({ result }) => result === 'failure')) process.exitCode = exitCodes.failed.code
}

function examine(): Finding[] {
  const node = finding('node', () => `version ${process.versions.node}`)
  let config: Config
  try {
    config = readConfig(process.env)
  } catch (error) {
    return [node, { check: 'settings', result: 'failure', says: (error as Error).message.replaceAll('\n', '; ') }]
  }
  const settings = finding(
    'settings',
    () => `issuer ${config.issuer}, access tokens for ${config.policy.accessSeconds} s`,
  )
  if (!existsSync(config.dataDir)) {
    const says = `${config.dataDir} is not there yet: the first \`latchkey-server serve\` makes it`
    return [node, settings, { check: 'data folder', result: 'warning', says }]
  }
  return [
    node,
    settings,
    finding('data folder', () => folder(config)),
    finding('keys', () => keys(config)),
    ...database(config),
  ]
}

function finding(check: string, look: () => string): Finding {
  try {
    return { check, result: 'ok', says: look() }
  } catch (error) {
    return { check, result: 'failure', says: (error as Error).message }
  }
}

function folder({ dataDir }: Config): string {
  accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  if (process.platform !== 'win32' && (statSync(dataDir).mode & 0o077) !== 0) {
    throw new Error(`others can look into ${dataDir}: chmod 700 ${dataDir}`)
  }
  return dataDir
}

function keys({ keysText, keyFile }: Config): string {
  if (keysText === undefined && !existsSync(keyFile))
    throw new Error(`${keyFile} is missing: restore it, or every session ends`)
  const set = keysText === undefined ? openKeyFile(keyFile) : parseKeySet(keysText, 'LATCHKEY_KEYS')
  const [signing] = set.signing
  return `${set.refresh.length} refresh, ${set.signing.length} signing (${signing?.alg}), from ${keysText === undefined ? keyFile : 'LATCHKEY_KEYS'}`
}

/** Clocks that were set back make sessions older than they are; this much is not worth a word. */
const toleranceMs = 2000

function database({ databasePath }: Config): Finding[] {
  if (!existsSync(databasePath)) {
    return [{ check: 'database', result: 'failure', says: `${databasePath} is missing: restore it from a backup` }]
  }
  let open: DatabaseSync
  try {
    open = new DatabaseSync(databasePath, { readOnly: true })
    open.exec('PRAGMA busy_timeout = 2000')
  } catch (error) {
    return [{ check: 'database', result: 'failure', says: `${databasePath}: ${(error as Error).message}` }]
  }
  try {
    return [finding('database', () => integrity(open, databasePath)), finding('clock', () => clock(open)), users(open)]
  } finally {
    open.close()
  }
}

function integrity(open: DatabaseSync, path: string): string {
  const said = String(Object.values(open.prepare('PRAGMA quick_check(1)').get() ?? {})[0])
  if (said !== 'ok') throw new Error(`${path} is damaged (${said}): restore it from a backup`)
  const sessions = open.prepare('SELECT count(*) AS n FROM latchkey_sessions').get()?.['n']
  return `${path}, ${String(sessions)} sessions`
}

function clock(open: DatabaseSync): string {
  const newest = Number(open.prepare('SELECT max(rotated_at) AS at FROM latchkey_sessions').get()?.['at'] ?? 0)
  const ahead = newest - Date.now()
  if (ahead > toleranceMs) {
    throw new Error(`this machine's clock is ${Math.ceil(ahead / 1000)} s behind the newest session: set it right`)
  }
  return new Date().toISOString()
}

function users(open: DatabaseSync): Finding {
  const read = finding('users', () => {
    const row = open.prepare('SELECT count(*) AS n, count(disabled_at) AS disabled FROM latchkey_users').get()
    if (row?.['n'] === 0) throw new Error('there is none: the next `latchkey-server serve` makes an administrator')
    return `${String(row?.['n'])}, of them disabled: ${String(row?.['disabled'])}`
  })
  return read.result === 'failure' ? { ...read, result: 'warning' } : read
}
