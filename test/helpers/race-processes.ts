// Real processes that wait for one another and then do the same thing at the same moment.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const sources = new URL('../../packages/latchkey/src/', import.meta.url)

/** The URL of a source file, for an `import` in the code of a process. */
export const sourceUrl = (path: string): string => new URL(path, sources).href

/**
 * Starts `count` processes on this module code, which defines `act(line)`: each line is sent to all of them together,
 * with an instant to begin at; the answers of each are what `act` returned, or `error: …`.
 */
export async function raceProcesses(count: number, code: string, lines: readonly string[]): Promise<string[][]> {
  const program = `${code}
    import { createInterface } from 'node:readline'
    console.log('ready')
    for await (const line of createInterface({ input: process.stdin })) {
      const { at, text } = JSON.parse(line)
      while (Date.now() < at) {}
      let said
      try { said = String(await act(text)) } catch (error) { said = 'error: ' + error.message }
      console.log(JSON.stringify(said))
    }`
  const processes = Array.from({ length: count }, () => startProcess(program))
  try {
    await Promise.all(processes.map(({ next }) => next()))
    const answers: string[][] = []
    for (const text of lines) {
      const at = Date.now() + 10
      for (const { send } of processes) send(JSON.stringify({ at, text }))
      answers.push(await Promise.all(processes.map(async ({ next }) => JSON.parse(await next()) as string)))
    }
    return answers
  } finally {
    for (const { stop } of processes) stop()
  }
}

function startProcess(program: string): {
  send: (line: string) => void
  next: () => Promise<string>
  stop: () => void
} {
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('../../', import.meta.url)),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    send: (line) => void child.stdin.write(`${line}\n`),
    next: async () => {
      const { value, done } = await lines.next()
      if (done === true) throw new Error('a process ended before its answer')
      return value
    },
    stop: () => child.stdin.end(),
  }
}
