// G11: a sign-out on one node, and the time until another refuses the access token, which it had accepted until then: two
// processes on one store, and a loop of requests to the second as tight as one connection allows. The second node counts
// the calls that its requests make to the store: none.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateKeys } from 'latchkey'
import { Engines, missingRows } from '../engines/engines.ts'
import { foreignAbove } from '../http-rounds.ts'
import { busyMs, processorMs } from '../machine.ts'
import type { NodeAsks, NodeReady } from '../node.ts'
import { Child } from '../processes.ts'
import { timeSignOut, type SignOut } from '../propagation.ts'
import type { Row } from '../report.ts'
import type { StoreName } from '../server/stores.ts'
import { written } from '../statistics.ts'
import type { Part } from './part.ts'

const signOuts = 300
const goalMs = 100

type Node = Child<NodeAsks, NodeReady>

export const propagationPart: Part = {
  name: 'propagation',
  run: async ({ folder }) => {
    const keys = join(folder, 'keys.json')
    writeFileSync(keys, JSON.stringify(generateKeys()), { mode: 0o600 })
    const engines = await Engines.start(['postgres', 'redis'])
    try {
      const places = [
        ['SQLite', 'sqlite', join(folder, 'nodes.db')],
        ['PostgreSQL', 'postgres', await engines.database('postgres', 'nodes')],
        ['Redis', 'redis', await engines.database('redis', 'nodes')],
        ['Redis Cluster of three', 'redis', await engines.redisCluster()],
      ] as const
      const rows: Row[] = []
      for (const [what, store, place] of places)
        if (place !== null) rows.push(...(await rowsFor(what, store, place, keys)))
      rows.push(...missingRows('postgres', 'PostgreSQL'), ...missingRows('redis', 'Redis'))
      const title = `from the 204 of a sign-out on one node to its refusal on another, ${signOuts} sign-outs each`
      return [{ goal: 'G11', title, rows, notes: await engines.versions() }]
    } finally {
      await engines.remove()
    }
  },
}

async function rowsFor(what: string, store: StoreName, place: string, keys: string): Promise<Row[]> {
  const file = new URL('../node.ts', import.meta.url)
  const start = (): Promise<Node> => Child.start<NodeAsks, NodeReady>('server', file, [store, place, keys])
  const [one, other] = [await start(), await start()]
  try {
    const sessions = await one.ask('signIn', signOuts)
    const before = await other.ask('calls')
    const busy = foreignShare([one, other])
    const seen: SignOut[] = []
    for (const session of sessions) seen.push(await timeSignOut(one.ready.port, other.ready.port, session))
    const disturbed = busy() > foreignAbove
    const { byRequests, byItself } = await other.ask('calls')
    const requests = seen.reduce((sum, each) => sum + each.requests, 0)
    const own = Object.entries(byItself).map(([verb, count]) => `${verb} ${count - (before.byItself[verb] ?? 0)}`)
    return [
      latencyRow(what, seen, disturbed),
      {
        what: `… store calls by ${requests.toLocaleString('en-US')} requests on the other`,
        figure: String(byRequests - before.byRequests),
        goal: '0',
        met: byRequests === before.byRequests,
        detail: `the node by itself, for its feed: ${own.join(', ')}`,
      },
    ]
  } finally {
    await Promise.all([one.stop(), other.stop()])
  }
}

// What others take of the nodes' core from now on.
function foreignShare(nodes: readonly Node[]): () => number {
  const own = (): number => nodes.reduce((sum, { pid }) => sum + (processorMs(pid) ?? 0), 0)
  const [begun, core, ours] = [performance.now(), busyMs('server') ?? 0, own()]
  return () => ((busyMs('server') ?? 0) - core - (own() - ours)) / (performance.now() - begun)
}

function latencyRow(what: string, seen: readonly SignOut[], disturbed: boolean): Row {
  const sorted = (pick: (each: SignOut) => number): readonly number[] => seen.map(pick).sort((a, b) => a - b)
  const fromAnswer = sorted(({ fromAnswerMs }) => fromAnswerMs)
  const fromSending = sorted(({ fromSendingMs }) => fromSendingMs)
  const at = (times: readonly number[], share: number): number =>
    times[Math.ceil(times.length * share) - 1] ?? Number.NaN
  const line = (times: readonly number[]): string =>
    `p50 ${written(at(times, 0.5))}, p99 ${written(at(times, 0.99))}, max ${written(at(times, 1))} ms`
  return {
    what,
    figure: `p99 ${written(at(fromAnswer, 0.99))} ms`,
    goal: `≤ ${goalMs} ms`,
    met: at(fromAnswer, 0.99) <= goalMs,
    disturbed,
    detail: `${line(fromAnswer)}; from its sending: ${line(fromSending)}`,
    raw: seen,
  }
}
