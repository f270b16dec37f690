// latchkey-server doctor: checks settings, keys, database, clock and users, changes nothing, and says what to mend.

import { accessSync, constants, existsSync, statSync } from 'node:fs'
import type { Command } from 'commander'
import { readConfig, type Config } from '../config.ts'
import { finding, warning, type Finding } from '../doctor/finding.ts'
import { examineDeployment } from '../doctor/examine.ts'
import { rehearseSettings } from '../rehearsal.ts'
import { usesDataDir } from '../storage.ts'
import { exitCodes, print, type OutputOptions } from './output.ts'

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check settings, keys, database, clock and users; changes nothing and says what to mend')
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
  if (!usesDataDir(read)) return [node, settings, ...(await examineDeployment(read))]
  if (!existsSync(read.dataDir)) {
    const says = `${read.dataDir} is not there yet: the first \`latchkey-server serve\` makes it`
    return [node, settings, warning('data folder', says)]
  }
  return [node, settings, await finding('data folder', () => folder(read)), ...(await examineDeployment(read))]
}

async function configOf(): Promise<Config | Finding> {
  try {
    return readConfig(process.env)
  } catch (error) {
    return { check: 'settings', result: 'failure', says: (error as Error).message.replaceAll('\n', '; ') }
  }
}

function folder({ dataDir }: Config): string {
  accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  if (process.platform !== 'win32' && (statSync(dataDir).mode & 0o077) !== 0) {
    throw new Error(`others can look into ${dataDir}: chmod 700 ${dataDir}`)
  }
  return dataDir
}
