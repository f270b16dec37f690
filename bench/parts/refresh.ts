// G3: a refresh over HTTP against the ceiling: bare Express that parses JSON and signs once. The store counts its
// rotations too and must agree with the loader, and the ceiling must answer as many bytes as a refresh.

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
}

const plan: readonly Planned[] = [
  { name: 'ceiling', what: 'ceiling: Express, JSON, one ES256 signature', goal: null },
  { name: 'memoryPlain', what: 'memory, plain session', goal: 1.2 },
  { name: 'memoryKeyed', what: 'memory, session key proved', goal: 1.2 },
  { name: 'sqlitePlain', what: 'SQLite (FULL), plain session', goal: 1.12 },
  { name: 'sqliteKeyed', what: 'SQLite (FULL), session key proved', goal: 1.12 },
]

export const refreshOverHttp: Part = {
  name: 'refresh',
  run: async ({ loader, options, folder }) => {
    const cases = await Promise.all(plan.map(({ name, what }) => compared(name, what, folder)))
    try {
      const measured = await interleave(loader, cases, options)
      const rounds = cases.map((each) => measured.get(each) ?? [])
      for (const [index, each] of cases.entries())
        await check(each, plan[index]?.name, rounds[index] ?? [], rounds[0] ?? [])
      const title = 'refresh over HTTP, all checks on, against the ceiling'
      const named = plan.map(({ what }, index) => [what, figuresOf(rounds[index] ?? [])] as const)
      const notes = ['PostgreSQL and Redis: there are no such stores yet', ...disturbances(named)]
      return [
        {
          goal: 'G3',
          title,
          rows: plan.map((each, index) => rowOf(each, rounds[index] ?? [], rounds[0] ?? [])),
          notes,
        },
      ]
    } finally {
      await Promise.all(cases.map(({ server }) => server.stop()))
    }
  },
}

async function compared(name: CaseName, what: string, folder: string): Promise<Compared> {
  const server = await startServer(name, folder)
  const { port, seedFile: file } = server.ready
  return { what, server, lane: { port, connections, work: { kind: 'refresh', file } } }
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
  { what, server }: Compared,
  name: CaseName | undefined,
  rounds: readonly Round[],
  ceiling: readonly Round[],
): Promise<void> {
  const last = rounds.at(-1)?.lanes[0]
  const bytes = ceiling.at(-1)?.lanes[0]?.bodyBytes ?? 0
  if (last === undefined || Math.abs(last.bodyBytes - bytes) > 4) {
    throw new Error(`${what}: answers of ${last?.bodyBytes} bytes, but of ${bytes} at the ceiling`)
  }
  if (name === 'ceiling') return
  const rotations = (await server.ask('generations')) - refreshedSessions
  if (rotations !== last.checkedEver) {
    throw new Error(`${what}: the store counts ${rotations} rotations, the loader ${last.checkedEver}`)
  }
}
