// latchkey-server doctor: checks settings, keys, database and clock, changes nothing, and says what to mend.

import { accessSync, constants, existsSync, statSync } from 'node:fs'
import type { Command } from 'commander'
import type { Identity } from 'latchkey'
import { inspectDatabase, type DatabaseReport } from 'latchkey/sqlite'
import { readConfig, type Config } from '../config.ts'
import { keysOf } from '../deployment.ts'
import { rehearse, rehearseSettings } from '../rehearsal.ts'
import { countUsers } from '../users/directory.ts'
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

async function doctor(options: OutputOptions): Promise<void> {
  const findings = await examine()
  const marks = { ok: 'ok      ', warning: 'warning ', failure: 'FAILURE ' } as const
  print(options, findings, findings.map(({ check, result, says }) => `${marks[result]}${check}: ${says}`).join('\n'))
  if (findings.some(({ result }) => result === 'failure')) process.exitCode = exitCodes.failed.code
}

async function examine(): Promise<Finding[]> {
  const node = await finding('node', () => `version ${process.versions.node}`)
  const read = await configOf()
  if ('result' in read) return [node, read]
  const settings = await finding('settings', async () => {
    await rehearseSettings(read)
    return `issuer ${read.issuer}, access tokens for ${read.policy.accessSeconds} s`
  })
  if (settings.result === 'failure') return [node, settings]
  if (!existsSync(read.dataDir)) {
    const says = `${read.dataDir} is not there yet: the first \`latchkey-server serve\` makes it`
    return [node, settings, { check: 'data folder', result: 'warning', says }]
  }
  return [node, settings, await finding('data folder', () => folder(read)), ...(await keysAndDatabase(read))]
}

async function configOf(): Promise<Config | Finding> {
  try {
    return readConfig(process.env)
  } catch (error) {
    return { check: 'settings', result: 'failure', says: (error as Error).message.replaceAll('\n', '; ') }
  }
}

async function finding(check: string, look: () => string | Promise<string>): Promise<Finding> {
  try {
    return { check, result: 'ok', says: await look() }
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

async function keysAndDatabase(config: Config): Promise<Finding[]> {
  const { databasePath } = config
  let report: DatabaseReport | undefined
  const database = await finding('database', () => {
    if (!existsSync(databasePath)) throw new Error(`${databasePath} is missing: restore it from a backup`)
    report = inspectDatabase(databasePath)
    if (report.schema > report.knownSchema) {
      throw new Error(
        `${databasePath} has schema ${report.schema}; this version knows ${report.knownSchema}: use a newer one`,
      )
    }
    return `${databasePath}, ${report.sessions} sessions`
  })
  const keys = await finding('keys', () => keysFor(config, report?.identity))
  if (report === undefined) return [keys, database]
  const { newestRotatedAt } = report
  return [keys, database, await finding('clock', () => clock(newestRotatedAt)), await users(databasePath)]
}

async function keysFor(config: Config, identity: Identity | undefined): Promise<string> {
  const { keyFile, keysText } = config
  if (keysText === undefined && !existsSync(keyFile))
    throw new Error(`${keyFile} is missing: restore it, or every session ends`)
  const keys = keysOf(config)
  await rehearse(config, keys, identity)
  const [signing] = keys.signing
  const source = keysText === undefined ? keyFile : 'LATCHKEY_KEYS'
  return `${keys.refresh.length} refresh, ${keys.signing.length} signing (${signing?.alg}), from ${source}`
}

/** Clocks that were set back make sessions older than they are; this much is not worth a word. */
const toleranceMs = 2000

function clock(newestRotatedAt: number): string {
  const ahead = newestRotatedAt - Date.now()
  if (ahead > toleranceMs) {
    throw new Error(`this machine's clock is ${Math.ceil(ahead / 1000)} s behind the newest session: set it right`)
  }
  return new Date().toISOString()
}

async function users(databasePath: string): Promise<Finding> {
  const found = await finding('users', () => {
    const { all, disabled } = countUsers(databasePath)
    if (all === 0) throw new Error('there is none: the next `latchkey-server serve` makes an administrator')
    return `${all}, of them disabled: ${disabled}`
  })
  // Without users the server works, for nobody.
  return found.result === 'failure' ? { ...found, result: 'warning' } : found
}
