// `npm run bench`: runs every part, one after the other, and prints a table for each goal of goals.md. It talks to the
// loopback only, ends by itself and leaves nothing behind.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLoader, type Loader } from './http-rounds.ts'
import { reasonOf } from './ipc.ts'
import { describeMachine, loadAverage, stepAside } from './machine.ts'
import { readOptions, type Options } from './options.ts'
import { parts } from './parts/index.ts'
import type { Part } from './parts/part.ts'
import { killAll } from './processes.ts'
import { printed, summary, type Table } from './report.ts'

async function runAll(options: Options, folder: string): Promise<void> {
  const machine = describeMachine(folder)
  console.log(machine.join('\n'))
  console.log(
    `${options.rounds} rounds of ${options.seconds} s, A..Z Z..A; medians; 32 connections; every answer checked\n`,
  )
  const loader = await startLoader()
  const tables: Table[] = []
  const wanted = parts.filter(({ name, onlyByName }) =>
    options.only.length === 0 ? onlyByName !== true : options.only.includes(name),
  )
  for (const part of wanted) tables.push(...(await runPart(part, options, folder, loader)))
  await loader.stop()
  console.log(summary(tables))
  console.log(`load average at the end ${loadAverage()}`)
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ machine, options, tables }, null, 2)}\n`)
}

async function runPart(part: Part, options: Options, folder: string, loader: Loader): Promise<readonly Table[]> {
  const own = join(folder, part.name)
  mkdirSync(own)
  const begun = performance.now()
  if (process.stderr.isTTY) process.stderr.write(`… ${part.name}\r`)
  const tables = await part.run({ options, folder: own, loader })
  for (const table of tables) console.log(printed(table))
  console.log(`  ${part.name}: ${((performance.now() - begun) / 1000).toFixed(0)} s\n`)
  rmSync(own, { recursive: true, force: true })
  return tables
}

function optionsOrExit(): Options {
  const names = parts.map(({ name }) => name)
  try {
    return readOptions(process.argv.slice(2), names)
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`)
    process.exit(2)
  }
}

const options = optionsOrExit()
const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
// The engines' folders lie in it too, so that they go with it; PostgreSQL may run as a user who must reach his.
process.env['TMPDIR'] = folder
chmodSync(folder, 0o711)
process.on('exit', () => {
  killAll()
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

try {
  stepAside()
  await runAll(options, folder)
} catch (error) {
  console.error(`bench: ${reasonOf(error)}`)
  process.exitCode = 1
  killAll()
}
