// One server of the comparison: `node bench/server.ts CASE FOLDER [URL]`. It listens on a free port of the loopback, leaves
// what the loader needs in FOLDER, and answers the parent's questions between the rounds.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { answerQuestions } from './ipc.ts'
import { makeCase } from './server/cases.ts'
import { rowsOf, writeSeed } from './server/seed.ts'

export interface ServerReady {
  readonly port: number
  /** For the loader; empty where the case has no sessions. */
  readonly seedFile: string
}

const [name = '', folder = '', url = ''] = process.argv.slice(2)
const { app, seed, engine } = await makeCase(name, { folder, url })
const seedFile = seed === null ? '' : join(folder, `${name}.json`)
if (seed !== null) writeSeed(seedFile, seed)

interface Sweeping {
  readonly stop: AbortController
  readonly done: Promise<number>
  over: boolean
}

let sweeping: Sweeping | undefined

const handlers = {
  /** Milliseconds of processor time so far. */
  cpuMs: (): number => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  /** The sum of all generations: how often anything was rotated, counted by the store itself. */
  generations: async (): Promise<number> => {
    const rows = engine === null ? [] : await rowsOf(engine.store)
    return rows.reduce((sum, { generation }) => sum + generation, 0)
  },
  startSweep: (): void => {
    if (engine === null) throw new Error('this case has no engine')
    const stop = new AbortController()
    const begun: Sweeping = { stop, done: engine.latchkey.sweep({ signal: stop.signal }), over: false }
    const end = (): void => {
      begun.over = true
    }
    begun.done.then(end, end)
    sweeping = begun
  },
  /** Ends the sweep after the piece under way; how many rows it deleted. */
  stopSweep: (): Promise<number> => {
    sweeping?.stop.abort()
    return sweeping?.done ?? Promise.resolve(0)
  },
  /** Whether the sweep has not yet come to its end. */
  isSweeping: (): boolean => sweeping !== undefined && !sweeping.over,
  /** Sweeps to the end. */
  sweep: (): Promise<number> => engine?.latchkey.sweep() ?? Promise.resolve(0),
}
export type ServerAsks = typeof handlers

const server = createServer(app)
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  answerQuestions(handlers, { port, seedFile } satisfies ServerReady)
})
