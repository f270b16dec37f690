// Rounds over HTTP: one window of load on one server, and everything that says whether the window can be believed:
// what the server's core did for it, what it did for others, and whether the server was really at its limit.

import type { Lane, LaneResult, LoaderAsks, LoadResult } from './load.ts'
import { busyMs } from './machine.ts'
import { Child } from './processes.ts'
import type { ServerAsks, ServerReady } from './server.ts'
import type { CaseName } from './server/cases.ts'
import { median, micros, percent, range } from './statistics.ts'

export const connections = 32
/** More foreign work than this on the server's core marks a round. */
export const foreignAbove = 0.06
/** So does less work of the server: the loader was held back, and the rate is not the server's limit. */
const busyBelow = 0.85

export type Server = Child<ServerAsks, ServerReady>
export type Loader = Child<LoaderAsks, null>

export const startLoader = (): Promise<Loader> => Child.start('load', new URL('load.ts', import.meta.url))
/** `url` is the engine's, for a case that has one. */
export const startServer = (name: CaseName, folder: string, url = ''): Promise<Server> =>
  Child.start('server', new URL('server.ts', import.meta.url), [name, folder, url])

export interface Round {
  readonly lanes: readonly LaneResult[]
  readonly cpuMicrosPerAnswer: number
  /** Shares of one core. */
  readonly serverBusy: number
  readonly loaderBusy: number
  /** What others took of the server's core, and of the loader's. */
  readonly foreign: number | null
  readonly foreignAtLoader: number | null
}

/** One window. `cpuMs` says how much processor time the server has used so far. */
export async function measure(
  loader: Loader,
  cpuMs: () => Promise<number>,
  lanes: readonly Lane[],
  seconds: number,
): Promise<Round> {
  const begun = performance.now()
  const cpuBefore = await cpuMs()
  const serverCore = busyMs('server')
  const loaderCore = busyMs('load')
  const { lanes: results, loaderBusy, loaderCpuMs }: LoadResult = await loader.ask('run', { lanes, seconds })
  const serverCoreAfter = busyMs('server')
  const loaderCoreAfter = busyMs('load')
  const cpu = (await cpuMs()) - cpuBefore
  const elapsed = performance.now() - begun
  const foreign = (before: number | null, after: number | null, own: number): number | null =>
    before === null || after === null ? null : Math.max(0, after - before - own) / elapsed
  return {
    lanes: results,
    cpuMicrosPerAnswer: (cpu * 1000) / results.reduce((sum, { checked }) => sum + checked, 0),
    serverBusy: cpu / elapsed,
    loaderBusy,
    foreign: foreign(serverCore, serverCoreAfter, cpu),
    foreignAtLoader: foreign(loaderCore, loaderCoreAfter, loaderCpuMs),
  }
}

/** A case of a comparison: a server, and what is asked of it. */
export interface Compared {
  readonly what: string
  readonly server: Server
  readonly lane: Lane
  /** How long the uncounted round takes at least. */
  readonly warmSeconds?: number
}

/** Rounds A..Z, Z..A and so on, after one uncounted round each. */
export async function interleave(
  loader: Loader,
  cases: readonly Compared[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<ReadonlyMap<Compared, readonly Round[]>> {
  const measured = new Map<Compared, Round[]>(cases.map((each) => [each, []]))
  for (let round = -1; round < rounds; round += 1) {
    for (const each of round % 2 === 0 ? cases : cases.toReversed()) {
      const one = await measure(
        loader,
        () => each.server.ask('cpuMs'),
        [each.lane],
        round < 0 ? Math.max(seconds, each.warmSeconds ?? 0) : seconds,
      )
      if (round >= 0) measured.get(each)?.push(one)
    }
  }
  return measured
}

/** What a table says of the rounds of one lane. */
export interface Figures {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly p50: number
  readonly p99: number
  readonly spread: string
  readonly detail: string
  /** Which rounds were disturbed and by how much; null where none was. */
  readonly disturbance: string | null
}

export function figuresOf(rounds: readonly Round[], lane = 0): Figures {
  const of = (pick: (result: LaneResult) => number): number[] =>
    rounds.flatMap(({ lanes }) => lanes.slice(lane, lane + 1).map(pick))
  const perSecond = of((result) => result.perSecond)
  const p50 = median(of((result) => result.p50Micros))
  const p99 = median(of((result) => result.p99Micros))
  const cpuMicros = median(rounds.map(({ cpuMicrosPerAnswer }) => cpuMicrosPerAnswer))
  const serverBusy = percent(median(rounds.map((round) => round.serverBusy)))
  const loaderBusy = percent(median(rounds.map((round) => round.loaderBusy)))
  return {
    perSecond: median(perSecond),
    cpuMicros,
    p50,
    p99,
    spread: range(perSecond),
    detail: `p50 ${micros(p50)}, p99 ${micros(p99)}; CPU: ${micros(cpuMicros)} each, server ${serverBusy}, loader ${loaderBusy}`,
    disturbance: disturbanceOf(rounds),
  }
}

/** A note for each row whose rounds were disturbed. */
export const disturbances = (rows: readonly (readonly [what: string, figures: Figures])[]): string[] =>
  rows.flatMap(([what, { disturbance }]) => (disturbance === null ? [] : [`${what}: ${disturbance}`]))

function disturbanceOf(rounds: readonly Round[]): string | null {
  const disturbed = rounds.filter(({ foreign, serverBusy }) => (foreign ?? 0) > foreignAbove || serverBusy < busyBelow)
  if (disturbed.length === 0) return null
  const shares = disturbed.map(({ foreign, foreignAtLoader }) =>
    foreign === null || foreignAtLoader === null ? 'unknown' : `${percent(foreign)} and ${percent(foreignAtLoader)}`,
  )
  return `${disturbed.length} of ${rounds.length} rounds disturbed; foreign work on the server's and the loader's core: ${shares.join(', ')}`
}
