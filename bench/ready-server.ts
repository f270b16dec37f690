// The ready server as a person starts it, `latchkey-server serve`, on its core and in a data folder of its own; and the
// waiting for its first answer.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { get } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { launch } from './processes.ts'

const program = fileURLToPath(new URL('../packages/latchkey-server/bin/latchkey-server.js', import.meta.url))
const patienceMs = 20_000

export interface Started {
  readonly process: ChildProcess
  readonly port: number
  /** From the moment of starting to the first 200 on /healthz. */
  readonly milliseconds: number
}

/** Starts a command that listens on PORT and answers /healthz; its output goes to `log`. */
export async function startAndWait(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  log: string,
): Promise<Started> {
  const port = await freePort()
  const output = openSync(log, 'a')
  const begun = performance.now()
  const child = launch('server', [process.execPath, ...command], ['ignore', output, output], {
    ...process.env,
    ...env,
    PORT: String(port),
  })
  closeSync(output)
  while (!(await isUp(port))) {
    if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended: see ${log}`)
    if (performance.now() - begun > patienceMs) throw new Error(`${command.join(' ')} did not answer`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return { process: child, port, milliseconds: performance.now() - begun }
}

/** The environment of a ready server with its own folder, and limits that are counted and not reached; everything else as it comes. */
const serverSettings = (dataFolder: string): Readonly<Record<string, string>> => ({
  LATCHKEY_DATA_DIR: dataFolder,
  LATCHKEY_THROTTLE_RENEWALS_PER_MINUTE: '1000000',
  LATCHKEY_THROTTLE_PAIR_TRIES: '100',
  LATCHKEY_THROTTLE_ACCOUNT_TRIES: '1000',
  LATCHKEY_THROTTLE_ADDRESS_TRIES: '10000',
})

export const startReadyServer = (dataFolder: string, log: string): Promise<Started> =>
  startAndWait([program, 'serve', '--json'], serverSettings(dataFolder), log)

/** Adds a user through the command line. */
export async function addUser(dataFolder: string, name: string, password: string): Promise<void> {
  const child = spawn(process.execPath, [program, 'users', 'add', name, '--password-stdin', '--json'], {
    env: { ...process.env, ...serverSettings(dataFolder) },
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  child.stdin.end(password)
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`users add ended with ${code}`)
}

// Between this and the server's start another process could take the port; then the server says so and the run fails.
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

function isUp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    request.on('error', () => resolve(false))
  })
}
