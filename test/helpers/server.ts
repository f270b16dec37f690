// Runs the real server, and its command line, as child processes on a folder of their own, the way an operator does:
// whatever a test sees here went over a socket. A server can be stopped (SIGTERM), killed (SIGKILL) and started again
// on the same folder; what it wrote to its screen is kept over all its starts.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../packages/latchkey-server/bin/latchkey-server.js', import.meta.url))

export type Env = Readonly<Record<string, string>>

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** An empty folder that only its owner can look into. */
export const freshFolder = (): string => mkdtempSync(join(tmpdir(), 'latchkey-test-'))

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true })

// The environment of the test run must not set anything.
function environment(folder: string, env: Env): NodeJS.ProcessEnv {
  const own = ['PORT', 'HOST', 'NODE_ENV', 'NODE_OPTIONS', 'FORCE_COLOR']
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('LATCHKEY_') && !own.includes(name))
  return { ...Object.fromEntries(kept), PORT: '0', LATCHKEY_DATA_DIR: folder, ...env }
}

const started = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})

function start(args: readonly string[], folder: string, env: Env): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { env: environment(folder, env), stdio: 'pipe' })
  started.add(child)
  child.once('close', () => started.delete(child))
  return child
}

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command of the command line to its end; one that does not end within `boundMs` is killed, with the code null. */
export async function runCommand(
  folder: string,
  args: readonly string[],
  env: Env = {},
  stdin = '',
  boundMs = 25_000,
): Promise<Ran> {
  const child = start(args, folder, env)
  const bound = setTimeout(() => child.kill('SIGKILL'), boundMs)
  const out = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      out[name] += text
    })
  }
  // A command that takes no input may be gone before it is written.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(stdin)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(bound)
  return { code, ...out }
}

/** Adds a user from the command line, beside a server that may be running. */
export async function addUser(folder: string, username: string, password: string): Promise<Credentials> {
  const ran = await runCommand(folder, ['users', 'add', username, '--password-stdin'], {}, `${password}\n`)
  if (ran.code !== 0) throw new Error(`users add failed: ${ran.stderr}`)
  return { username, password }
}

interface FirstLine {
  readonly url: string
  readonly administrator: { readonly name: string; readonly password: string } | null
}

/** One server, in one folder, through all its starts. */
export class TestServer {
  readonly folder: string
  readonly #env: Env
  #child: ChildProcess | undefined
  #url = ''
  #administrator: Credentials | undefined
  stdout = ''
  stderr = ''

  constructor(env: Env, folder: string) {
    this.#env = env
    this.folder = folder
  }

  get url(): string {
    return this.#url
  }

  /** Made at the first start on an empty folder. */
  get administrator(): Credentials {
    if (this.#administrator === undefined) throw new Error('this server has made no administrator')
    return this.#administrator
  }

  get madeAdministrator(): boolean {
    return this.#administrator !== undefined
  }

  get databasePath(): string {
    return join(this.folder, 'latchkey.db')
  }

  /** Everything on the screen but the one line that hands the administrator's password over. */
  get log(): string {
    const kept = this.stdout.split('\n').filter((line) => !line.startsWith('{"url":'))
    return `${kept.join('\n')}\n${this.stderr}`
  }

  async start(env: Env = {}): Promise<this> {
    const child = start(['serve', '--json'], this.folder, { ...this.#env, ...env })
    this.#child = child
    const { url, administrator } = await this.#firstLine(child)
    this.#url = url
    if (administrator !== null) {
      this.#administrator = { username: administrator.name, password: administrator.password }
    }
    return this
  }

  /** SIGTERM; resolves with the exit code when the process is gone. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async restart(env: Env = {}): Promise<this> {
    await this.stop()
    return this.start(env)
  }

  /** Kills the server and takes its folder away. */
  async remove(): Promise<void> {
    await this.kill()
    removeFolder(this.folder)
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    if (this.isRunning) {
      const closed = once(child, 'close')
      child.kill(signal)
      await closed
    }
    return child.exitCode
  }

  #firstLine(child: ChildProcess): Promise<FirstLine> {
    let seen = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    return new Promise((resolve, reject) => {
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.stdout += text
        if (seen.includes('\n')) return
        seen += text
        if (seen.includes('\n')) resolve(JSON.parse(seen.slice(0, seen.indexOf('\n'))) as FirstLine)
      })
      child.once('close', (code) => reject(new Error(`the server ended with ${code}: ${this.stderr}`)))
    })
  }
}

/** A running server, on a fresh folder where none is named. */
export const startServer = (env: Env = {}, folder = freshFolder()): Promise<TestServer> =>
  new TestServer(env, folder).start()

/** Waits until something is true, looking every few milliseconds, and no longer than `boundMs`. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, boundMs: number): Promise<void> {
  const end = Date.now() + boundMs
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${boundMs} ms: ${what}`)
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  }
}
