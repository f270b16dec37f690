// G1: what protection costs a route whose callers have been seen before. Every case gets the very same requests as the
// bare route it is compared with, the Authorization header included.

import { readFileSync } from 'node:fs'
import {
  connections,
  disturbances,
  figuresOf,
  interleave,
  startServer,
  type Compared,
  type Server,
} from '../http-rounds.ts'
import type { Row, Table } from '../report.ts'
import type { CaseName } from '../server/cases.ts'
import type { Seed } from '../server/seed.ts'
import { written } from '../statistics.ts'
import type { Bench, Part } from './part.ts'

const goal = 0.95

interface Planned {
  readonly what: string
  readonly server: CaseName
  /** Whose tokens are sent. */
  readonly tokensOf: CaseName
  readonly against: string | null
  readonly judged: boolean
}

const few = 'bare Express, 32 tokens sent'
const many = 'bare Express, 10,000 tokens sent'

const plan: readonly Planned[] = [
  { what: few, server: 'bare', tokensOf: 'route', against: null, judged: false },
  { what: 'bare + app.use(no-op)', server: 'layer', tokensOf: 'route', against: few, judged: false },
  { what: 'requireAuth() on the route', server: 'route', tokensOf: 'route', against: few, judged: true },
  { what: 'requireAuth() by app.use', server: 'use', tokensOf: 'use', against: few, judged: true },
  { what: many, server: 'bare', tokensOf: 'many', against: null, judged: false },
  { what: '10,000 live, 10,000 revoked', server: 'many', tokensOf: 'many', against: many, judged: true },
  { what: '… maxCachedTokens 20,000', server: 'manyRoomy', tokensOf: 'manyRoomy', against: many, judged: false },
]

export const protectedRoute: Part = {
  name: 'protected',
  run: async (bench) => {
    const names = [...new Set(plan.map(({ server }) => server))]
    const started = await Promise.all(names.map(async (name) => [name, await startServer(name, bench.folder)] as const))
    const servers = new Map<CaseName, Server>(started)
    try {
      for (const [name, server] of servers) await lookAt(name, server)
      return [await compare(bench, servers)]
    } finally {
      await Promise.all([...servers.values()].map((server) => server.stop()))
    }
  },
}

async function compare({ loader, options }: Bench, servers: ReadonlyMap<CaseName, Server>): Promise<Table> {
  const cases = plan.map((planned): Compared => {
    const server = found(servers, planned.server)
    const file = found(servers, planned.tokensOf).ready.seedFile
    const lane = { port: server.ready.port, connections, work: { kind: 'get' as const, file } }
    return { what: planned.what, server, lane, warmSeconds: planned.tokensOf.startsWith('many') ? 3 : 0 }
  })
  const measured = await interleave(loader, cases, options)
  const figures = new Map(cases.map((each) => [each.what, figuresOf(measured.get(each) ?? [])]))
  const rows = plan.map(({ what, against, judged }): Row => {
    const { perSecond, cpuMicros, spread, detail, disturbance } = found(figures, what)
    const base = against === null ? null : found(figures, against)
    const ratio = base === null ? 1 : perSecond / base.perSecond
    const added = base === null ? '' : `; ${written(cpuMicros - base.cpuMicros)} µs more`
    return {
      what,
      figure: `${written(perSecond)}/s`,
      spread,
      ratio,
      cpuRatio: base === null ? 1 : base.cpuMicros / cpuMicros,
      ...(judged ? { goal: `≥ ${goal}`, met: ratio >= goal } : {}),
      disturbed: disturbance !== null || (base !== null && base.disturbance !== null),
      detail: detail + added,
      raw: measured.get(cases.find((each) => each.what === what) as Compared),
    }
  })
  return {
    goal: 'G1',
    title: 'GET /me, token already seen, against the same route without protection',
    rows,
    notes: disturbances([...figures]),
  }
}

// A guard that guards nothing would be fast.
async function lookAt(name: CaseName, { ready: { port, seedFile } }: Server): Promise<void> {
  const bare = name === 'bare' || name === 'layer'
  const get = async (token: string | null): Promise<number> => {
    const headers = token === null ? {} : { authorization: `Bearer ${token}` }
    const answer = await fetch(`http://127.0.0.1:${port}/me`, { headers })
    await answer.arrayBuffer()
    return answer.status
  }
  const expect = async (token: string | null, status: number): Promise<void> => {
    const got = await get(token)
    if (got !== status) throw new Error(`${name}: expected ${status}, got ${got}`)
  }
  await expect(null, bare ? 200 : 401)
  if (bare) return
  const { sessions, revoked } = JSON.parse(readFileSync(seedFile, 'utf8')) as Seed
  const [one] = sessions
  await expect(one?.access ?? null, 200)
  await expect(`${one?.access.slice(0, -9)}AAAAAAAAA`, 401)
  if (revoked !== null) await expect(revoked, 401)
}

function found<Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): Value {
  const value = map.get(key)
  if (value === undefined) throw new Error(`there is no ${String(key)}`)
  return value
}
