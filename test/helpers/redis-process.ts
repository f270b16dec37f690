// A real server process of Redis's (server or sentinel) on a free port of 127.0.0.1, in a folder of its own. Whatever
// becomes of the test, the process ends with it: a guard waits for the end of a pipe that only the test holds open.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePort, guard, until } from './services.ts'

const found = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)))

const missing = ['redis-server', 'redis-sentinel', 'redis-cli'].find((name) => !found(name))
const reason =
  missing === undefined ? null : `${missing} is missing (apt-get update && apt-get install -y redis-server)`
const insisted = process.env['REQUIRE_SERVICES'] === '1'

/** Why tests that need Redis are to be skipped; null where it is there, or where somebody insists. */
export const redisMissing: string | null = insisted ? null : reason
if (redisMissing !== null) process.stderr.write(`The tests on Redis are skipped: ${redisMissing}\n`)

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Starts it (again), on the same port and folder; resolves when it answers. */
  start(): Promise<void>
  /** Ends it at once, as a crash does (SIGKILL where nothing is said). */
  kill(signal?: NodeJS.Signals): Promise<void>
  pause(): void
  resume(): void
  /** Lets it end in order. */
  stop(): Promise<void>
  /** Ends it, and takes its folder away. */
  remove(): Promise<void>
}

export interface ProcessOptions {
  readonly program: 'redis-server' | 'redis-sentinel'
  /** Lines of its configuration file. */
  readonly configuration: (port: number) => readonly string[]
}

/** Starts one, and resolves when it answers. */
export async function startProcess(options: ProcessOptions): Promise<RedisServer> {
  if (reason !== null) throw new Error(reason)
  // A port that was free may be taken by the time it is asked for, and a cluster takes the one 10,000 above as well.
  for (let tries = 1; ; tries += 1) {
    const server = new ServerProcess(options, await freePort())
    try {
      await server.start()
      return server
    } catch (error) {
      await server.remove()
      if (tries === 3) throw error
    }
  }
}

class ServerProcess implements RedisServer {
  readonly port: number
  readonly url: string
  readonly #program: string
  readonly #folder: string
  readonly #file: string
  #child: ChildProcess | undefined
  #guard: ChildProcess | undefined

  constructor({ program, configuration }: ProcessOptions, port: number) {
    this.port = port
    this.url = `redis://127.0.0.1:${port}`
    this.#program = program
    this.#folder = mkdtempSync(join(tmpdir(), 'latchkey-redis-'))
    this.#file = join(this.#folder, 'server.conf')
    const lines = [`port ${port}`, 'bind 127.0.0.1', `dir ${this.#folder}`, 'daemonize no', ...configuration(port)]
    writeFileSync(this.#file, `${lines.join('\n')}\n`)
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) throw new Error('it runs already')
    const child = spawn(this.#program, [this.#file], { stdio: 'ignore' })
    this.#child = child
    this.#guard = guard(child.pid ?? 0)
    child.once('exit', () => {
      this.#guard?.kill('SIGKILL')
      if (this.#child === child) this.#child = undefined
    })
    await until(() => {
      if (this.#child !== child) throw new Error(`${this.#program} did not start on port ${this.port}`)
      return answers(this.port)
    }, `${this.#program} on port ${this.port}`)
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  stop(): Promise<void> {
    return this.kill('SIGTERM')
  }

  async remove(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', (data) => end(/^(\+PONG|-NOAUTH)/.test(String(data))))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
  })
}
