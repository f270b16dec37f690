// The loader: a process of its own that keeps connections to a server busy for a window of time, checks every answer
// and says how many there were, how long they took, and how much of its own core that cost. It remembers the newest
// token of every session from one window to the next.

import { answerQuestions } from './ipc.ts'
import { Connection } from './load/connection.ts'
import { Meter } from './load/meter.ts'
import { createWork, type Work, type WorkName } from './load/work.ts'

/** Connections that do the same work. */
export interface Lane {
  readonly port: number
  readonly connections: number
  readonly work: WorkName
}

export interface LaneResult {
  /** Answers inside the window. */
  readonly answers: number
  readonly perSecond: number
  /** Answers in all, those after the end of the window too. */
  readonly checked: number
  /** The same, since this process began with this lane. */
  readonly checkedEver: number
  readonly bodyBytes: number
  readonly p50Micros: number
  readonly p99Micros: number
  readonly maxMicros: number
}

export interface LoadResult {
  readonly lanes: readonly LaneResult[]
  /** The share of a core that this process used. */
  readonly loaderBusy: number
  readonly loaderCpuMs: number
}

interface Known {
  readonly work: Work
  checkedEver: number
}

const lanesEver = new Map<string, Known>()

function knownFor(lane: Lane): Known {
  const key = JSON.stringify(lane)
  const known = lanesEver.get(key) ?? { work: createWork(lane.work, lane.connections), checkedEver: 0 }
  lanesEver.set(key, known)
  return known
}

async function run({
  lanes,
  seconds,
}: {
  readonly lanes: readonly Lane[]
  readonly seconds: number
}): Promise<LoadResult> {
  const opened = lanes.map((lane) => {
    const meter = new Meter()
    const known = knownFor(lane)
    const connections = Array.from(
      { length: lane.connections },
      (_, index) => new Connection(lane.port, index, known.work, meter),
    )
    return { meter, known, connections }
  })
  const all = opened.flatMap(({ connections }) => connections)
  await Promise.all(all.map((connection) => connection.opened()))
  const cpu = process.cpuUsage()
  const begun = performance.now()
  for (const { meter } of opened) meter.until = begun + seconds * 1000
  for (const connection of all) connection.start()
  await Promise.all(all.map(({ finished }) => finished))
  const { user, system } = process.cpuUsage(cpu)
  const loaderCpuMs = (user + system) / 1000
  const loaderBusy = loaderCpuMs / (performance.now() - begun)
  for (const { known, meter } of opened) known.checkedEver += meter.checked
  return { lanes: opened.map(({ meter, known }) => resultOf(meter, known, seconds)), loaderBusy, loaderCpuMs }
}

const resultOf = (meter: Meter, { checkedEver }: Known, seconds: number): LaneResult => ({
  answers: meter.counted,
  perSecond: meter.counted / seconds,
  checked: meter.checked,
  checkedEver,
  bodyBytes: meter.bodyBytes,
  p50Micros: meter.quantile(0.5),
  p99Micros: meter.quantile(0.99),
  maxMicros: meter.maxMs * 1000,
})

const handlers = { run }
export type LoaderAsks = typeof handlers

answerQuestions(handlers, null)
