// G10: time from the start of the process to the first 200, and resident memory then: bare Express, the same with
// Latchkey on it, and the ready server at its first start (keys, database, administrator) and at a later one.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateKeys } from 'latchkey'
import { busyMs, processorMs, residentMegabytes } from '../machine.ts'
import { stopProcess } from '../processes.ts'
import { startAndWait, startReadyServer, type Started } from '../ready-server.ts'
import type { Row } from '../report.ts'
import { median, range, written } from '../statistics.ts'
import type { Part } from './part.ts'

const starts = 9
/** More foreign work than this while a kind of server started marks it; the system counts in steps of 10 ms. */
const foreignAbove = 0.1
const express = fileURLToPath(new URL('../start/express.js', import.meta.url))
const latchkey = fileURLToPath(new URL('../start/latchkey.js', import.meta.url))

interface Start {
  readonly milliseconds: number
  readonly cpuMs: number | null
  readonly megabytes: number | null
  /** What others took of the core meanwhile. */
  readonly foreignMs: number
}

export const startPart: Part = {
  name: 'start',
  run: async ({ folder }) => {
    const log = join(folder, 'log')
    const keys = JSON.stringify(generateKeys())
    const kinds = {
      'bare Express': () => startAndWait([express], {}, log),
      'Express + Latchkey, memory': () => startAndWait([latchkey], { BENCH_KEYS: keys }, log),
      'Express + Latchkey, SQLite': (round: number) =>
        startAndWait([latchkey], { BENCH_KEYS: keys, BENCH_FILE: join(folder, `${round}.db`) }, log),
      'ready server, first start': (round: number) => startReadyServer(join(folder, `data-${round}`), log),
      'ready server, later start': () => startReadyServer(join(folder, 'data--1'), log),
    } satisfies Record<string, (round: number) => Promise<Started>>
    const names = Object.keys(kinds) as (keyof typeof kinds)[]
    const measured = new Map<string, Start[]>(names.map((name) => [name, []]))
    for (let round = -1; round < starts; round += 1) {
      for (const name of round % 2 === 0 ? names.toReversed() : names) {
        const start = await once(() => kinds[name](round))
        if (round >= 0) measured.get(name)?.push(start)
      }
    }
    return [{ goal: 'G10', title: 'from the start of the process to its first 200', rows: rowsOf(measured) }]
  },
}

async function once(start: () => Promise<Started>): Promise<Start> {
  const core = busyMs('server')
  const { process: child, milliseconds } = await start()
  const pid = child.pid ?? 0
  const cpuMs = processorMs(pid)
  const foreignMs = (busyMs('server') ?? 0) - (core ?? 0) - (cpuMs ?? 0)
  const megabytes = residentMegabytes(pid)
  await stopProcess(child)
  return { milliseconds, cpuMs, megabytes, foreignMs }
}

interface Kind {
  readonly row: Row
  readonly ms: number
  readonly megabytes: number
}

function kindOf(what: string, starts: readonly Start[]): Kind {
  const times = starts.map(({ milliseconds }) => milliseconds)
  const megabytes = median(starts.map((start) => start.megabytes ?? Number.NaN))
  const cpu = mean(starts.map(({ cpuMs }) => cpuMs ?? Number.NaN))
  const foreign = mean(starts.map(({ foreignMs }) => foreignMs)) / mean(times)
  const row: Row = {
    what,
    figure: `${written(median(times))} ms`,
    spread: range(times),
    disturbed: foreign > foreignAbove,
    detail: `${written(cpu)} ms of CPU (mean), ${written(megabytes)} MB resident`,
    raw: starts,
  }
  return { row, ms: median(times), megabytes }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function rowsOf(measured: ReadonlyMap<string, readonly Start[]>): Row[] {
  const kinds = [...measured].map(([what, starts]) => kindOf(what, starts))
  const [bare, memory, sqlite, ready] = kinds
  if (bare === undefined || memory === undefined || sqlite === undefined || ready === undefined) return []
  const beyond = ({ row, ms }: Kind): Row => {
    const disturbed = row.disturbed === true || bare.row.disturbed === true
    return { what: `${row.what}: beyond Express`, figure: `${written(ms - bare.ms)} ms`, disturbed }
  }
  const first = { figure: ready.row.figure, disturbed: ready.row.disturbed === true }
  return [
    ...kinds.map(({ row }) => row),
    { ...beyond(memory), goal: '≤ 10 ms', met: memory.ms - bare.ms <= 10 },
    beyond(sqlite),
    { what: 'ready server up, first start', ...first, goal: '≤ 400 ms', met: ready.ms <= 400 },
    {
      what: 'its resident memory then',
      figure: `${written(ready.megabytes)} MB`,
      goal: '≤ 100 MB',
      met: ready.megabytes <= 100,
    },
  ]
}
