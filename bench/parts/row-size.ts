// G7: bytes per session, everything counted: the SQLite file; tables and indexes of PostgreSQL for several fill factors,
// which is what decides the one in the schema; the memory of Redis.

import { Engines, missingRows } from '../engines/engines.ts'
import { usedMemory } from '../engines/redis-work.ts'
import type { PostgresRowSize } from '../inside/row-size-postgres.ts'
import { sizedInEngines, sizedRotations, sizedSessions } from '../inside/rotations.ts'
import type { Row } from '../report.ts'
import { written } from '../statistics.ts'
import { inside } from './inside.ts'
import type { Part } from './part.ts'

const fillFactors = [70, 80, 90, 100]
/** That of the schema. */
const chosen = 80

export const rowSizePart: Part = {
  name: 'row-size',
  run: async ({ folder }) => {
    const engines = await Engines.start(['postgres', 'redis'])
    try {
      const rows = [
        ...(await sqliteRows(folder)),
        ...(await postgresRows(engines)),
        ...missingRows('postgres', 'PostgreSQL'),
        ...(await redisRows(engines)),
        ...missingRows('redis', 'Redis'),
      ]
      const title = `bytes per session, all indexes, before and after ${sizedRotations} rotations of each`
      const count = `${written(sizedSessions)} sessions in SQLite, ${written(sizedInEngines)} in each engine`
      const notes = [count, ...(await engines.versions())]
      return [{ goal: 'G7', title, rows, notes }]
    } finally {
      await engines.remove()
    }
  },
}

async function sqliteRows(folder: string): Promise<Row[]> {
  const { before, after, withoutDevice } = (await inside((child) => child.ask('rowSize', folder))).result
  return [
    { what: 'SQLite, device of a browser, just begun', figure: `${written(before)} B` },
    {
      what: '… rotated',
      figure: `${written(after)} B`,
      ratio: after / before,
      goal: '≤ 220 B',
      met: after <= 220,
    },
    { what: 'SQLite, no device told, just begun', figure: `${written(withoutDevice)} B` },
  ]
}

async function postgresRows(engines: Engines): Promise<Row[]> {
  const rows: Row[] = []
  const sizings = [
    ...fillFactors.map((fillFactor) => ({ fillFactor, device: true })),
    { fillFactor: chosen, device: false },
  ]
  for (const sizing of sizings) {
    const { fillFactor, device } = sizing
    const url = await engines.database('postgres', `filled${fillFactor}${device ? '' : 'bare'}`)
    if (url === null) return []
    const { result, disturbed } = await inside((child) => child.ask('rowSizePostgres', { url, ...sizing }))
    const what = `PostgreSQL, fill factor ${fillFactor}${device ? '' : ', no device told'}`
    rows.push(...postgresPair(what, result, fillFactor === chosen, disturbed))
  }
  return rows
}

function postgresPair(
  what: string,
  { before, after, hot, vacuums, perSecond }: PostgresRowSize,
  judged: boolean,
  disturbed: boolean,
): Row[] {
  const growth = after / before
  const goals = judged
    ? { goal: '≤ 380 B, growth ≤ 1.02, HOT ≥ 99.9 %', met: after <= 380 && growth <= 1.02 && hot >= 0.999 }
    : {}
  const detail = `HOT ${(hot * 100).toFixed(2)} %, ${vacuums} autovacuums, ${written(perSecond)} rotations/s`
  return [
    { what, figure: `${written(before)} B` },
    { what: '… rotated', figure: `${written(after)} B`, ratio: growth, ...goals, detail, disturbed },
  ]
}

async function redisRows({ redis }: Engines): Promise<Row[]> {
  if (redis === null) return []
  const rows: Row[] = []
  for (const device of [true, false]) {
    const told = device ? 'device of a browser' : 'no device told'
    const url = `${redis.url}/${device ? 0 : 1}`
    const { result } = await inside(async (child) => {
      const empty = await usedMemory(redis)
      await child.ask('fillRedis', { url, device })
      const before = ((await usedMemory(redis)) - empty) / sizedInEngines
      await child.ask('rotateRedis')
      return { before, after: ((await usedMemory(redis)) - empty) / sizedInEngines }
    })
    const { before, after } = result
    rows.push(
      { what: `Redis, ${told}, just begun`, figure: `${written(before)} B` },
      { what: '… rotated', figure: `${written(after)} B`, ratio: after / before, goal: '≤ 300 B', met: after <= 300 },
    )
  }
  return rows
}
