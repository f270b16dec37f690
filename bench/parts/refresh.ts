// G3: a refresh over HTTP against the ceiling: bare Express that parses JSON and signs once. Each store counts its
// rotations too and must agree with the loader, and the ceiling must answer as many bytes as a refresh.

import { Engines, missingRows, type Engine } from '../engines/engines.ts'
import {
  connections,
  disturbances,
  figuresOf,
  interleave,
  startServer,
  type Compared,
  type Round,
} from '../http-rounds.ts'
import type { Row } from '../report.ts'
import { refreshedSessions, type CaseName } from '../server/cases.ts'
import { written } from '../statistics.ts'
import type { Part } from './part.ts'

interface Planned {
  readonly name: CaseName
  readonly what: string
  readonly goal: number | null
  readonly engine?: Engine
}

const plan: readonly Planned[] = [
  { name: 'ceiling', what: 'ceiling: Express, JSON, one ES256 signature', goal: null },
  { name: 'memoryPlain', what: 'memory, plain session', goal: 1.2 },
  { name: 'memoryKeyed', what: 'memory, session key proved', goal: 1.2 },
  { name: 'sqlitePlain', what: 'SQLite (FULL), plain session', goal: 1.12 },
  { name: 'sqliteKeyed', what: 'SQLite (FULL), session key proved', goal: 1.12 },
  { name: 'postgresPlain', what: 'PostgreSQL, plain session', goal: 1.1, engine: 'postgres' },
  { name: 'postgresKeyed', what: 'PostgreSQL, session key proved', goal: 1.1, engine: 'postgres' },
  { name: 'redisPlain', what: 'Redis, plain session', goal: 1.05, engine: 'redis' },
  { name: 'redisKeyed', what: 'Redis, session key proved', goal: 1.05, engine: 'redis' },
]

interface Running extends Planned {
  readonly compared: Compared
}

export const refreshOverHttp: Part = {
  name: 'refresh',
  run: async ({ loader, options, folder }) => {
    const engines = await Engines.start(['postgres', 'redis'])
    const running = (await Promise.all(plan.map((each) => start(each, folder, engines)))).flat()
    try {
      const measured = await interleave(
        loader,
        running.map(({ compared }) => compared),
        options,
      )
      const rounds = running.map(({ compared }) => measured.get(compared) ?? [])
      for (const [index, each] of running.entries()) await check(each, rounds[index] ?? [], rounds[0] ?? [])
      const named = running.map(({ what }, index) => [what, figuresOf(rounds[index] ?? [])] as const)
      const rows = running.map((each, index) => rowOf(each, rounds[index] ?? [], rounds[0] ?? []))
      return [
        {
          goal: 'G3',
          title: 'refresh over HTTP, all checks on, against the ceiling',
          rows: [...rows, ...missingRows('postgres', 'PostgreSQL'), ...missingRows('redis', 'Redis')],
          notes: [...(await engines.versions()), ...disturbances(named)],
        },
      ]
    } finally {
      await Promise.all(running.map(({ compared }) => compared.server.stop()))
      await engines.remove()
    }
  },
}

// Nothing where the machine has no such engine.
async function start(planned: Planned, folder: string, engines: Engines): Promise<Running[]> {
  const { name, what, engine } = planned
  const url = engine === undefined ? '' : await engines.database(engine, name)
  if (url === null) return []
  const server = await startServer(name, folder, url)
  const { port, seedFile: file } = server.ready
  return [{ ...planned, compared: { what, server, lane: { port, connections, work: { kind: 'refresh', file } } } }]
}

function rowOf({ what, goal }: Planned, rounds: readonly Round[], ceiling: readonly Round[]): Row {
  const figures = figuresOf(rounds)
  const base = figuresOf(ceiling)
  const ratio = figures.perSecond / base.perSecond
  return {
    what,
    figure: `${written(figures.perSecond)}/s`,
    spread: figures.spread,
    ratio,
    cpuRatio: base.cpuMicros / figures.cpuMicros,
    ...(goal === null ? {} : { goal: `≥ ${goal}`, met: ratio >= goal }),
    disturbed: figures.disturbance !== null || base.disturbance !== null,
    detail: figures.detail,
    raw: rounds,
  }
}

async function check(
  { name, what, compared }: Running,
  rounds: readonly Round[],
  ceiling: readonly Round[],
): Promise<void> {
  const last = rounds.at(-1)?.lanes[0]
  const bytes = ceiling.at(-1)?.lanes[0]?.bodyBytes ?? 0
  if (last === undefined || Math.abs(last.bodyBytes - bytes) > 4) {
    throw new Error(`${what}: answers of ${last?.bodyBytes} bytes, but of ${bytes} at the ceiling`)
  }
  if (name === 'ceiling') return
  const rotations = (await compared.server.ask('generations')) - refreshedSessions
  if (rotations !== last.checkedEver) {
    throw new Error(`${what}: the store counts ${rotations} rotations, the loader ${last.checkedEver}`)
  }
}
