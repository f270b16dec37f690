// One whole sweep over millions of sessions, while refreshes go on: windows before, during and after it. Every dead
// session must go, and no other.

import { dirname } from 'node:path'
import { connections, figuresOf, measure, startServer, type Round } from '../http-rounds.ts'
import type { Bench } from '../parts/part.ts'
import type { Row } from '../report.ts'
import type { StoreName } from '../server/stores.ts'
import { micros, range, written } from '../statistics.ts'
import { bytesOfSessions } from './fill-postgres.ts'
import { deadAmong } from './numbered.ts'

export interface Swept {
  readonly what: string
  readonly store: StoreName
  readonly place: string
  readonly sessions: number
  readonly bytes: number
}

const caseOf = { sqlite: 'sqlitePlain', postgres: 'postgresPlain', redis: 'redisPlain' } as const

interface Windows {
  readonly calm: readonly Round[]
  readonly beside: readonly Round[]
  readonly after: readonly Round[]
  readonly seconds: number
}

export async function sweepMillions(bench: Bench, swept: Swept): Promise<Row[]> {
  const { what, store, place, sessions, bytes } = swept
  const windows = await sweepBeside(bench, swept)
  const rows = rowsOf(what, windows, deadAmong(sessions))
  if (store !== 'postgres') return rows
  const left = await bytesOfSessions(place)
  return [...rows, { what: '… size after it', figure: `${written(left / 1e6)} MB`, ratio: left / bytes }]
}

async function sweepBeside({ loader, options, folder }: Bench, { store, place, sessions }: Swept): Promise<Windows> {
  const name = caseOf[store]
  // An SQLite case opens `plain.db` of its folder, which is the very file.
  const server = await startServer(name, store === 'sqlite' ? dirname(place) : folder, place)
  const { port, seedFile: file } = server.ready
  const lanes = [{ port, connections, work: { kind: 'refresh', file } as const }]
  const window = (): Promise<Round> => measure(loader, () => server.ask('cpuMs'), lanes, options.seconds)
  const some = async (): Promise<Round[]> => {
    const rounds: Round[] = []
    while (rounds.length < options.rounds) rounds.push(await window())
    return rounds
  }
  try {
    await window()
    const calm = await some()
    const begun = performance.now()
    await server.ask('startSweep')
    const beside: Round[] = []
    while (await server.ask('isSweeping')) beside.push(await window())
    const removed = await server.ask('stopSweep')
    const seconds = (performance.now() - begun) / 1000
    if (removed !== deadAmong(sessions))
      throw new Error(`${removed} of ${deadAmong(sessions)} dead sessions were deleted`)
    // In the last window the sweep came to its end.
    beside.pop()
    if (beside.length === 0) throw new Error('the sweep was over within one window: choose fewer --seconds')
    return { calm, beside, after: await some(), seconds }
  } finally {
    await server.stop()
  }
}

function rowsOf(what: string, { calm, beside, after, seconds }: Windows, dead: number): Row[] {
  const [undisturbed, swept, then] = [figuresOf(calm), figuresOf(beside), figuresOf(after)]
  const ratio = swept.p99 / undisturbed.p99
  const row = (label: string, figures: typeof undisturbed, rounds: readonly Round[]): Row => ({
    what: label,
    figure: `p99 ${micros(figures.p99)}`,
    spread: range(rounds.flatMap(({ lanes }) => lanes.map(({ p99Micros }) => p99Micros))),
    ratio: figures.p99 / undisturbed.p99,
    disturbed: figures.disturbance !== null,
    detail: `${written(figures.perSecond)}/s; ${figures.detail}`,
    raw: rounds,
  })
  return [
    row(`${what}: before`, undisturbed, calm),
    { ...row('… beside the sweep', swept, beside), goal: '≤ 2', met: ratio <= 2 },
    row('… after it', then, after),
    {
      what: '… the sweep',
      figure: `${written(seconds)} s`,
      detail: `${written(dead / seconds)} dead sessions deleted/s`,
    },
  ]
}
