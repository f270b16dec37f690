// G12: refreshes while 200,000 dead sessions are swept, against refreshes undisturbed, on one server with one SQLite
// file. Windows alternate; a window in which the sweep came to its end does not count; every dead session must go.

import {
  connections,
  disturbances,
  figuresOf,
  measure,
  startServer,
  type Loader,
  type Round,
  type Server,
} from '../http-rounds.ts'
import type { Row } from '../report.ts'
import { deadSessions } from '../server/dead-sessions.ts'
import { micros, range, written } from '../statistics.ts'
import type { Part } from './part.ts'

const maxWindowSeconds = 1

interface Windows {
  readonly calm: Round[]
  readonly swept: Round[]
  /** Rows deleted in each window of `swept`. */
  readonly removed: number[]
}

export const sweepPart: Part = {
  name: 'sweep',
  run: async ({ folder, loader, options }) => {
    const server = await startServer('swept', folder)
    const seconds = Math.min(options.seconds, maxWindowSeconds)
    try {
      const windows = await alternate(server, loader, seconds, options.rounds)
      const title = `refreshes beside a sweep of ${written(deadSessions)} dead sessions, SQLite`
      const notes = disturbances([
        ['undisturbed', figuresOf(windows.calm)],
        ['beside the sweep', figuresOf(windows.swept)],
      ])
      const rows = rowsOf(windows, seconds)
      return [{ goal: 'G12', title, rows, notes: ['the goal speaks of 10^6 dead sessions', ...notes] }]
    } finally {
      await server.stop()
    }
  },
}

async function alternate(server: Server, loader: Loader, seconds: number, rounds: number): Promise<Windows> {
  const { port, seedFile: file } = server.ready
  const lanes = [{ port, connections, work: { kind: 'refresh', file } as const }]
  const window = (): Promise<Round> => measure(loader, () => server.ask('cpuMs'), lanes, seconds)
  const windows: Windows = { calm: [], swept: [], removed: [] }
  let gone = 0
  await window()
  for (let round = 0; round < rounds && gone < deadSessions; round += 1) {
    for (const sweeping of round % 2 === 0 ? [false, true] : [true, false]) {
      if (sweeping) await server.ask('startSweep')
      const one = await window()
      const removed = sweeping ? await server.ask('stopSweep') : 0
      gone += removed
      if (!sweeping) windows.calm.push(one)
      else if (gone < deadSessions) {
        windows.swept.push(one)
        windows.removed.push(removed)
      }
    }
  }
  gone += await server.ask('sweep')
  if (gone !== deadSessions) throw new Error(`${gone} of ${deadSessions} dead sessions were deleted`)
  if (windows.removed.length === 0) throw new Error('the sweep was over within one window: choose fewer --seconds')
  return windows
}

function rowsOf({ calm, swept, removed }: Windows, seconds: number): Row[] {
  const [undisturbed, beside] = [figuresOf(calm), figuresOf(swept)]
  const ratio = beside.p99 / undisturbed.p99
  const perSecond = removed.reduce((sum, each) => sum + each, 0) / (removed.length * seconds)
  return [
    {
      what: 'p99, undisturbed',
      figure: micros(undisturbed.p99),
      spread: rangeOfP99(calm),
      disturbed: undisturbed.disturbance !== null,
      detail: `${written(undisturbed.perSecond)}/s; ${undisturbed.detail}`,
      raw: calm,
    },
    {
      what: 'p99, beside the sweep',
      figure: micros(beside.p99),
      spread: rangeOfP99(swept),
      ratio,
      goal: '≤ 2',
      met: ratio <= 2,
      disturbed: undisturbed.disturbance !== null || beside.disturbance !== null,
      detail: `${written(beside.perSecond)}/s; ${beside.detail}`,
      raw: swept,
    },
    { what: 'dead sessions deleted meanwhile', figure: `${written(perSecond)}/s`, raw: removed },
  ]
}

const rangeOfP99 = (rounds: readonly Round[]): string =>
  range(rounds.flatMap(({ lanes }) => lanes.map(({ p99Micros }) => p99Micros)))
