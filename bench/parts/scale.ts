// G8 and G12 with millions of sessions: one rotation at a time at a thousand sessions and at five million, and refreshes
// over HTTP beside the sweep of the dead fifth of them. PostgreSQL's one table is compared with the same rows in eight
// partitions, which decides whether the schema has partitions. Takes minutes and gigabytes: only by `--only=scale`.

import { mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Engines, missingRows } from '../engines/engines.ts'
import type { InsideAsks } from '../inside.ts'
import type { AdvanceTimes } from '../inside/advance-times.ts'
import { Child } from '../processes.ts'
import type { Row, Table } from '../report.ts'
import { bytesOfSessions, fillPostgres } from '../scale/fill-postgres.ts'
import { fillSqlite } from '../scale/fill-sqlite.ts'
import { sweepMillions } from '../scale/sweep-millions.ts'
import type { StoreName } from '../server/stores.ts'
import { median, range, written } from '../statistics.ts'
import type { Bench, Part } from './part.ts'

const few = 1000
const rounds = 3
const samples = 5000
/** So that neither the cache of the server nor a checkpoint is what is measured. */
const roomy = { shared_buffers: '2GB', max_wal_size: '8GB' }

interface Filled {
  readonly what: string
  readonly store: StoreName
  readonly place: string
  readonly sessions: number
  readonly fillSeconds: number
  readonly bytes: number
}

interface Timed extends Filled {
  readonly times: readonly AdvanceTimes[]
}

export const scalePart: Part = {
  name: 'scale',
  onlyByName: true,
  run: async (bench) => {
    const tables: Table[] = []
    const engines = await Engines.start(['postgres'], roomy)
    try {
      const advances: Row[] = missingRows('postgres', 'PostgreSQL')
      const sweeps: Row[] = missingRows('postgres', 'PostgreSQL')
      const layouts = [
        ...(engines.postgres === null ? [] : ['PostgreSQL, one table', 'PostgreSQL, 8 partitions']),
        'SQLite (FULL)',
      ]
      for (const layout of layouts) {
        const pair = [
          await fill(bench, engines, layout, few),
          await fill(bench, engines, layout, bench.options.sessions),
        ]
        const [small, large] = await timesOf(pair)
        if (small === undefined || large === undefined) throw new Error('nothing was measured')
        advances.push(...advanceRows(small, large))
        sweeps.push(...(await sweepMillions(bench, large)))
        if (large.store === 'sqlite') for (const { place } of pair) rmSync(place, { force: true })
      }
      const notes = [...(await engines.versions()), `${rounds} rounds of ${written(samples)} rotations, one at a time`]
      tables.push(
        { goal: 'G8', title: 'one rotation by the store, without HTTP, few sessions and many', rows: advances, notes },
        { goal: 'G12', title: 'refreshes beside the sweep of the dead fifth of them', rows: sweeps },
      )
    } finally {
      await engines.remove()
    }
    return tables
  },
}

async function fill({ folder }: Bench, engines: Engines, what: string, sessions: number): Promise<Filled> {
  const begun = performance.now()
  const seconds = (): number => (performance.now() - begun) / 1000
  const label = `${what}, ${sessions.toLocaleString('en-US')} sessions`
  if (what.startsWith('SQLite')) {
    const own = join(folder, String(sessions))
    mkdirSync(own)
    const place = join(own, 'plain.db')
    await fillSqlite(place, sessions)
    return { what: label, store: 'sqlite', place, sessions, fillSeconds: seconds(), bytes: statSync(place).size }
  }
  const partitioned = what.includes('partitions')
  const place = await engines.database('postgres', `${partitioned ? 'parts' : 'table'}${sessions}`)
  if (place === null) throw new Error('there is no PostgreSQL')
  await fillPostgres(place, sessions, partitioned)
  const bytes = await bytesOfSessions(place)
  return { what: label, store: 'postgres', place, sessions, fillSeconds: seconds(), bytes }
}

// Each in a process of its own, which lives through all rounds; the first round does not count.
async function timesOf(filled: readonly Filled[]): Promise<Timed[]> {
  const inside = new URL('../inside.ts', import.meta.url)
  const children = await Promise.all(filled.map(() => Child.start<InsideAsks, null>('server', inside)))
  const times = filled.map((): AdvanceTimes[] => [])
  try {
    for (let round = -1; round < rounds; round += 1) {
      const order = filled.map((_, index) => index)
      for (const index of round % 2 === 0 ? order : order.toReversed()) {
        const { store, place, sessions } = filled[index] as Filled
        const one = await (children[index] as Child<InsideAsks, null>).ask('advanceTimes', {
          store,
          place,
          sessions,
          samples,
        })
        if (round >= 0) times[index]?.push(one)
      }
    }
  } finally {
    await Promise.all(children.map((child) => child.stop()))
  }
  return filled.map((each, index) => ({ ...each, times: times[index] ?? [] }))
}

function advanceRows(small: Timed, large: Timed): Row[] {
  const p50 = ({ times }: Timed): number => median(times.map(({ p50Micros }) => p50Micros))
  const p99 = ({ times }: Timed): number => median(times.map(({ p99Micros }) => p99Micros))
  const ratio = p50(large) / p50(small)
  const more = p50(large) - p50(small)
  const judged =
    large.store === 'sqlite' ? { goal: '≤ 20 µs more', met: more <= 20 } : { goal: '≤ 1.15', met: ratio <= 1.15 }
  const row = (timed: Timed): Row => ({
    what: timed.what,
    figure: `p50 ${written(p50(timed))} µs`,
    spread: range(timed.times.map(({ p50Micros }) => p50Micros)),
    detail: `p99 ${written(p99(timed))} µs; ${written(timed.bytes / timed.sessions)} B each; filled in ${written(timed.fillSeconds)} s`,
    raw: timed,
  })
  return [row(small), { ...row(large), ratio, ...judged, detail: `${row(large).detail}; ${written(more)} µs more` }]
}
