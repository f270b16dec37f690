// How much memory the server holds after a collection of garbage; it says so itself (../inside.ts) when it is asked.

import { until } from '../../helpers/server.ts'
import type { Target } from '../target.ts'

export interface Memory {
  readonly heapUsed: number
  readonly external: number
  readonly arrayBuffers: number
  readonly rss: number
}

const said = /^inside: memory (.*)$/gm

/** Asks the server's process. */
export async function memoryOf({ server }: Target): Promise<Memory> {
  const pid = Number(/^inside: pid (\d+)$/m.exec(server.stderr)?.[1])
  const before = [...server.stderr.matchAll(said)].length
  process.kill(pid, 'SIGUSR2')
  await until('the server says how much memory it holds', () => [...server.stderr.matchAll(said)].length > before, 5000)
  return JSON.parse([...server.stderr.matchAll(said)].at(-1)?.[1] ?? '{}') as Memory
}
