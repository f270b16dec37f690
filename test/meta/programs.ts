// Runs programs as a user would: as processes of their own, on the built packages, in a folder of their own, and without
// the environment of whoever runs the tests.

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './sources.ts'

export interface Surroundings {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  /** The first line that the program wrote. */
  readonly greeting: string
  /** Sends a signal, SIGTERM where nothing is said, and waits for the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<Ended>
}

const serverBin = join(root, 'packages/latchkey-server/bin/latchkey-server.js')

/** Runs a program of node to its end. */
export const run = (args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> =>
  endOf(start(process.execPath, args, surroundings))

/** Runs a shell script to its end; fails at the first command that does. */
export const runShell = (script: string, surroundings: Surroundings = {}): Promise<Ended> =>
  endOf(start('bash', ['--noprofile', '--norc', '-euo', 'pipefail', '-c', script], surroundings))

/** Starts a program of node; resolves with its first line. Rejects where it ends before that. */
export async function keepRunning(args: readonly string[], surroundings: Surroundings = {}): Promise<Running> {
  const child = start(process.execPath, args, surroundings)
  const ended = endOf(child)
  const greeting = await new Promise<string>((resolve, reject) => {
    let written = ''
    child.stdout?.on('data', (text: string) => {
      written += text
      if (written.includes('\n')) resolve(written.slice(0, written.indexOf('\n')))
    })
    ended.then(({ code, stderr }) => reject(new Error(`ended with ${code} before its first line: ${stderr}`)), reject)
  })
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> => {
    child.kill(signal)
    return ended
  }
  return { greeting, stop }
}

function start(command: string, args: readonly string[], { cwd, env = {} }: Surroundings): ChildProcess {
  const node = join(process.execPath, '..')
  const path = `${node}:${process.env['PATH'] ?? ''}`
  // What an older Node needs to run TypeScript as it stands.
  const options = process.env['NODE_OPTIONS']
  const own = { PATH: path, ...(options === undefined ? {} : { NODE_OPTIONS: options }) }
  const child = spawn(command, args, { cwd: cwd ?? root, env: { ...own, ...env } })
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  return child
}

function endOf(child: ChildProcess): Promise<Ended> {
  const written = { stdout: '', stderr: '' }
  child.stdout?.on('data', (text: string) => (written.stdout += text))
  child.stderr?.on('data', (text: string) => (written.stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...written }))
  })
}

/** Does something in an empty folder, which is gone afterwards. */
export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-docs-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

export interface ReadyServer {
  readonly url: string
  readonly password: string
  readonly stop: Running['stop']
}

/** Starts the ready server for the first time, with its data in a folder. */
export async function startReadyServer(folder: string): Promise<ReadyServer> {
  const env = { PORT: '0', LATCHKEY_DATA_DIR: join(folder, 'data'), LATCHKEY_LOG_LEVEL: 'silent' }
  const { greeting, stop } = await keepRunning([serverBin, 'serve', '--json'], { cwd: folder, env })
  const { url, administrator } = JSON.parse(greeting) as { url: string; administrator: { password: string } }
  return { url, password: administrator.password, stop }
}
