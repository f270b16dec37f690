// What the real services of the tests share, whichever they are: a free port, an end that comes with the test's, and waiting
// for what must become so.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

const patienceMs = 20_000
const pollMs = 10

/** Polls until it is so. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  waitMs: number = patienceMs,
): Promise<void> {
  const giveUpAt = performance.now() + waitMs
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain: ${what}`)
    await pause(pollMs)
  }
}

/** A port that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Ends the process when the test ends, however it ends. In a group of its own, so that an interrupt reaches the test first. */
export function guard(pid: number): ChildProcess {
  const child = spawn('sh', ['-c', 'read -r _; kill -9 "$1"', 'guard', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.unref()
  return child
}
