// G6: how much work a refresh is for its store, while refreshes come over HTTP, 32 at a time. Everything is counted from
// outside: calls of the store by a store that passes them on, commits of SQLite in its file, commits of PostgreSQL and
// commands of Redis by themselves, processor time by the system.

import { join } from 'node:path'
import type { PostgresServer } from '../../test/helpers/postgres.ts'
import { checkCounter, commitsOf } from '../commits.ts'
import { Engines, missingRows } from '../engines/engines.ts'
import { commitsIn, cpuReader } from '../engines/postgres-work.ts'
import { callsOf, redisCpuMs } from '../engines/redis-work.ts'
import {
  connections,
  figuresOf,
  foreignAbove,
  measure,
  startServer,
  type Loader,
  type Round,
  type Server,
} from '../http-rounds.ts'
import type { Row } from '../report.ts'
import { written } from '../statistics.ts'
import { inside } from './inside.ts'
import type { Bench, Part } from './part.ts'

export const storeWorkPart: Part = {
  name: 'store-work',
  run: async (bench) => {
    const { result: calls } = await inside((child) => child.ask('storeCalls'))
    const engines = await Engines.start(['postgres', 'redis'])
    try {
      const rows: Row[] = [
        { what: 'calls of the store per refresh', figure: written(calls), goal: '≤ 1', met: calls <= 1 },
        ...(await sqliteRows(bench)),
        ...(await postgresRows(bench, engines)),
        ...(await redisRows(bench, engines)),
      ]
      return [{ goal: 'G6', title: 'store work per refresh', rows, notes: await engines.versions() }]
    } finally {
      await engines.remove()
    }
  },
}

interface Window {
  readonly refreshes: number
  readonly disturbed: boolean
}

// One long window, so that what is counted in steps of 10 ms comes out well enough.
async function refreshFor({ loader, options }: Bench, server: Server, atOnce = connections): Promise<Window> {
  const round = await oneRound(loader, server, options.seconds * options.rounds, atOnce)
  // One request in flight leaves the server idle in between: that says nothing about others.
  return {
    refreshes: round.lanes[0]?.checked ?? 0,
    disturbed: atOnce === 1 ? (round.foreign ?? 0) > foreignAbove : figuresOf([round]).disturbance !== null,
  }
}

function oneRound(loader: Loader, server: Server, seconds: number, atOnce = connections): Promise<Round> {
  const { port, seedFile: file } = server.ready
  const work = { kind: 'refresh', file } as const
  return measure(loader, () => server.ask('cpuMs'), [{ port, connections: atOnce, work }], seconds)
}

async function sqliteRows(bench: Bench): Promise<Row[]> {
  checkCounter(bench.folder)
  const server = await startServer('sqlitePlain', bench.folder)
  const path = join(bench.folder, 'plain.db')
  try {
    const before = commitsOf(path)
    const window = await refreshFor(bench, server)
    return [commitRow('SQLite', commitsOf(path) - before, window)]
  } finally {
    await server.stop()
  }
}

async function postgresRows(bench: Bench, engines: Engines): Promise<Row[]> {
  const { postgres } = engines
  if (postgres === null) return missingRows('postgres', 'commits of PostgreSQL')
  const many = await postgresWork(bench, engines, postgres, connections)
  const alone = await postgresWork(bench, engines, postgres, 1)
  return [
    commitRow('PostgreSQL', many.commits, many.window),
    {
      ...microsRow('PostgreSQL', many, connections),
      ...(many.micros === null ? {} : { goal: '≤ 10 µs', met: many.micros <= 10 }),
      detail: 'all its processes; synchronous_commit of rotations is off, as by default',
    },
    microsRow('PostgreSQL', alone, 1),
  ]
}

interface PostgresWork {
  readonly window: Window
  readonly commits: number
  readonly micros: number | null
}

async function postgresWork(
  bench: Bench,
  engines: Engines,
  postgres: PostgresServer,
  atOnce: number,
): Promise<PostgresWork> {
  const database = `work${atOnce}`
  const server = await startServer('postgresPlain', bench.folder, (await engines.database('postgres', database)) ?? '')
  try {
    const cpu = await cpuReader(postgres)
    // The seeding's part stays out, and so does the warming of the processes.
    await oneRound(bench.loader, server, bench.options.seconds, atOnce)
    const commits = await commitsIn(postgres, database)
    const before = cpu()
    const window = await refreshFor(bench, server, atOnce)
    const after = cpu()
    const micros = before === null || after === null ? null : ((after - before) * 1000) / window.refreshes
    return { window, commits: (await commitsIn(postgres, database)) - commits, micros }
  } finally {
    await server.stop()
  }
}

const microsRow = (of: string, { micros, window }: Omit<PostgresWork, 'commits'>, atOnce: number): Row => ({
  what: `processor time of ${of} per refresh, ${atOnce} in flight`,
  figure: micros === null ? 'unknown' : `${written(micros)} µs`,
  disturbed: window.disturbed,
})

async function redisRows(bench: Bench, engines: Engines): Promise<Row[]> {
  const { redis } = engines
  const url = await engines.database('redis', 'work')
  if (redis === null || url === null) return missingRows('redis', 'commands of Redis')
  const server = await startServer('redisPlain', bench.folder, url)
  try {
    await oneRound(bench.loader, server, bench.options.seconds)
    const [calls, cpu] = [await callsOf(redis), await redisCpuMs(redis)]
    const window = await refreshFor(bench, server)
    const { refreshes, disturbed } = window
    const [cpuAfter, callsAfter] = [await redisCpuMs(redis), await callsOf(redis)]
    const each = [...callsAfter].map(([name, count]) => [name, (count - (calls.get(name) ?? 0)) / refreshes] as const)
    const scripts = each.filter(([name]) => name.startsWith('eval')).reduce((sum, [, count]) => sum + count, 0)
    const listed = each.filter(([, count]) => count >= 0.0005).map(([name, count]) => `${name} ${count.toFixed(3)}`)
    return [
      {
        what: 'scripts of Redis per refresh',
        figure: scripts.toFixed(3),
        goal: '≤ 1',
        met: scripts <= 1.0005,
        disturbed,
        detail: `${listed.join(', ')}, those inside of scripts too`,
      },
      microsRow('Redis', { micros: ((cpuAfter - cpu) * 1000) / window.refreshes, window }, connections),
    ]
  } finally {
    await server.stop()
  }
}

function commitRow(of: string, commits: number, { refreshes, disturbed }: Window): Row {
  const value = commits / refreshes
  return {
    what: `commits of ${of} per refresh, ${connections} in flight`,
    figure: value.toFixed(3),
    goal: '≤ 0.07',
    met: value <= 0.07,
    detail: `${commits.toLocaleString('en-US')} commits for ${refreshes.toLocaleString('en-US')} refreshes`,
    disturbed,
  }
}
