// Starts the benchmark's processes, each on its core, asks them, and sees to it that none of them outlives the run,
// however the run ends.

import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { readyId, type Answer, type Handlers } from './ipc.ts'
import { pinned, type Cores } from './machine.ts'

const stopMs = 5000
const alive = new Set<ChildProcess>()
const others = new Set<() => void>()

/** Ends whatever still runs, at once. */
export function killAll(): void {
  for (const child of alive) child.kill('SIGKILL')
  for (const kill of others) kill()
}

/** Says how to end at once what somebody else has started; returns what takes that back. */
export function alsoKill(kill: () => void): () => void {
  others.add(kill)
  return () => void others.delete(kill)
}

/** Starts a pinned process. */
export function launch(
  core: keyof Cores,
  command: readonly string[],
  stdio: StdioOptions,
  env: NodeJS.ProcessEnv = process.env,
): ChildProcess {
  const [program = '', ...rest] = pinned(core, command)
  const child = spawn(program, rest, { stdio, env })
  alive.add(child)
  child.once('exit', () => alive.delete(child))
  return child
}

/** Asks a process to end, and waits; one that does not listen is ended. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const cut = setTimeout(() => child.kill('SIGKILL'), stopMs)
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  else child.kill('SIGTERM')
  await ended
  clearTimeout(cut)
}

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

type Argument<Ask> = Ask extends (...given: infer Given) => unknown ? Given : never
type Result<Ask> = Ask extends (...given: never) => infer Value ? Awaited<Value> : never

/** A process of ours that answers questions. */
export class Child<Asks extends Handlers<Asks>, Ready> {
  readonly ready: Ready
  readonly #process: ChildProcess
  readonly #waiting: Map<number, Waiting>
  #lastId = readyId

  private constructor(child: ChildProcess, waiting: Map<number, Waiting>, ready: Ready) {
    this.#process = child
    this.#waiting = waiting
    this.ready = ready
  }

  /** Starts `file` (a URL of ours) with Node, and resolves when it says that it is ready. */
  static async start<Asks extends Handlers<Asks>, Ready>(
    core: keyof Cores,
    file: URL,
    given: readonly string[] = [],
    flags: readonly string[] = [],
  ): Promise<Child<Asks, Ready>> {
    const command = [process.execPath, ...flags, fileURLToPath(file), ...given]
    const child = launch(core, command, ['ignore', 'inherit', 'inherit', 'ipc'])
    const waiting = new Map<number, Waiting>()
    const ready = new Promise<Ready>((resolve, reject) => waiting.set(readyId, { resolve, reject }))
    child.on('message', (answer: Answer) => {
      const asked = waiting.get(answer.id)
      waiting.delete(answer.id)
      if ('failed' in answer) asked?.reject(new Error(answer.failed))
      else asked?.resolve(answer.value as never)
    })
    child.once('exit', (code, signal) => {
      const error = new Error(`${[file.pathname, ...given].join(' ')} ended (${code ?? signal}) before it answered`)
      for (const { reject } of waiting.values()) reject(error)
    })
    return new Child<Asks, Ready>(child, waiting, await ready)
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  ask<Name extends keyof Asks & string>(name: Name, ...given: Argument<Asks[Name]>): Promise<Result<Asks[Name]>> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      const [argument] = given as readonly unknown[]
      this.#process.send({ id, name, argument })
    })
  }

  stop(): Promise<void> {
    return stopProcess(this.#process)
  }
}
