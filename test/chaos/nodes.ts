// The nodes of a run: real server processes on one store, each of which can be killed, stopped for a while (SIGSTOP),
// and started with a clock that is wrong. What they log is counted as it comes and not kept: the events tell how often
// the store had lost something (`healed`) and how often an answer was repeated (`again`).

import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Credentials, Env } from '../helpers/server.ts'
import { nodeSettings } from './limits.ts'
import { sleep } from './world.ts'

const program = fileURLToPath(new URL('../../packages/latchkey-server/bin/latchkey-server.js', import.meta.url))
const startMs = 20_000
const comesBackMs = 30_000
const keptStderr = 4000

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

// Makes a process believe that it is so many milliseconds later, or earlier, as a file says, looked at again and again.
// Nobody may set the clock of a machine for a test.
const clockFrom = (file: string): string => {
  const code = `
    import { readFileSync } from 'node:fs'
    const right = Date.now
    const look = () => { try { return Number(readFileSync(${JSON.stringify(file)}, 'utf8')) } catch { return 0 } }
    let wrongMs = look()
    setInterval(() => { wrongMs = look() }, 10).unref()
    Date.now = () => right() + wrongMs`
  return `--import=data:text/javascript,${encodeURIComponent(code)}`
}

interface Greeting {
  readonly url: string
  readonly administrator: { readonly name: string; readonly password: string } | null
}

export class ServerNode {
  readonly #env: Env
  readonly #clockFile: string
  #child: ChildProcess | undefined
  #stderr = ''
  url = ''
  /** Made by this node at its first start, or null. */
  administrator: Credentials | null = null
  readonly events: Map<string, number> = new Map()

  /** The folder is for whatever a node keeps in files. */
  constructor(folder: string, env: Env) {
    this.#clockFile = join(folder, `clock-${randomUUID()}`)
    this.#env = { LATCHKEY_DATA_DIR: folder, ...env }
  }

  /** Starts the process; rejects where it ends, or says nothing for long. */
  async start(): Promise<void> {
    const kept = Object.entries(process.env).filter(([name]) => !/^LATCHKEY_|^NODE_|^PORT$|^HOST$/.test(name))
    const settings = { PORT: '0', NODE_OPTIONS: clockFrom(this.#clockFile), ...nodeSettings, ...this.#env }
    const env = { ...Object.fromEntries(kept), ...settings }
    const child = spawn(process.execPath, [program, 'serve', '--json'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    running.add(child)
    child.once('close', () => running.delete(child))
    const { url, administrator } = await this.#greeting(child)
    this.url = url
    if (administrator !== null) this.administrator = { username: administrator.name, password: administrator.password }
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** From a moment later on, the node's clock is wrong by so much. */
  setClock(wrongMs: number): void {
    writeFileSync(this.#clockFile, String(wrongMs))
  }

  /** Starts it again, as often as it takes while its store is away. */
  async startAgain(): Promise<void> {
    const until = performance.now() + comesBackMs
    for (;;) {
      try {
        return await this.start()
      } catch (error) {
        await this.kill()
        if (performance.now() > until) throw error
        await sleep(200)
      }
    }
  }

  /** Resolves when the node says that it can serve. */
  async isReady(): Promise<boolean> {
    const signal = AbortSignal.timeout(2000)
    return fetch(`${this.url}/readyz`, { signal }).then(
      ({ status }) => status === 200,
      () => false,
    )
  }

  get log(): string {
    return this.#stderr
  }

  #greeting(child: ChildProcess): Promise<Greeting> {
    let unread = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderr)
    })
    return new Promise((resolve, reject) => {
      const bound = setTimeout(() => reject(new Error(`a server said nothing for ${startMs} ms`)), startMs)
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        const lines = (unread + text).split('\n')
        unread = lines.pop() ?? ''
        for (const line of lines) {
          if (line.startsWith('{"url":')) resolve(JSON.parse(line) as Greeting)
          else this.#count(line)
        }
      })
      child.once('close', (code) => {
        clearTimeout(bound)
        reject(new Error(`a server ended with ${code}: ${this.#stderr}`))
      })
    })
  }

  #count(line: string): void {
    const [, event] = /"event":"(\w+)"/.exec(line) ?? []
    if (event !== undefined) this.events.set(event, (this.events.get(event) ?? 0) + 1)
    if (line.includes('"level":50')) this.#stderr = `${this.#stderr}${line}\n`.slice(-keptStderr)
  }
}
