// Processes of Node that run a few lines on the sources of the client, are told what to do line by line, and can be
// killed at any moment, as a machine kills them.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '../../meta/sources.ts'
import { sourceUrl } from '../../helpers/race-processes.ts'

const imports = `
  import { bodyMode, createClient } from '${sourceUrl('client/index.ts')}'
  import { fileStorage } from '${sourceUrl('client-node/index.ts')}'`

export interface Process {
  /** The next line that it writes. Rejects where it ends before. */
  readonly next: () => Promise<string>
  /** Writes a line to its standard input. */
  readonly tell: (line: string) => void
  /** SIGKILL, unless it is gone already. */
  readonly kill: () => Promise<void>
  /** Waits until it ends by itself. */
  readonly end: () => Promise<{ readonly code: number | null; readonly stderr: string }>
}

/** Starts a process on module code that knows `createClient` and `fileStorage`; `args` are for Node. */
export function startProcess(code: string, args: readonly string[] = []): Process {
  const program = `${imports}\n${code}`
  const child = spawn(process.execPath, [...args, '--no-warnings', '--input-type=module', '-e', program], {
    cwd: root,
    env: { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/silent-node') },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // One that was killed reads no more.
  child.stdin.on('error', () => undefined)
  const closed = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    next: async () => {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`the process ended: ${stderr}`)
      return value
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    kill: async () => {
      child.kill('SIGKILL')
      await closed
    },
    end: async () => {
      await closed
      return { code: codeOf(child), stderr }
    },
  }
}

const codeOf = ({ exitCode }: ChildProcess): number | null => exitCode
