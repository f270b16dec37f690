// G6: how much work a refresh is for its store: calls, counted by a store that passes them on, and commits of the
// SQLite file, counted from outside while refreshes come over HTTP, 32 at a time.

import { join } from 'node:path'
import { checkCounter, commitsOf } from '../commits.ts'
import { connections, figuresOf, measure, startServer, type Loader, type Server } from '../http-rounds.ts'
import type { Row } from '../report.ts'
import { written } from '../statistics.ts'
import { inside } from './inside.ts'
import type { Part } from './part.ts'

export const storeWorkPart: Part = {
  name: 'store-work',
  run: async ({ folder, loader, options: { seconds } }) => {
    checkCounter(folder)
    const { result: calls } = await inside((child) => child.ask('storeCalls'))
    const server = await startServer('sqlitePlain', folder)
    try {
      const many = await commitsPerRefresh(loader, server, join(folder, 'plain.db'), seconds)
      const rows: Row[] = [
        { what: 'calls of the store per refresh', figure: written(calls), goal: '≤ 1', met: calls <= 1 },
        { ...many, goal: '≤ 0.07', met: many.value <= 0.07 },
      ]
      return [{ goal: 'G6', title: 'store work per refresh', rows }]
    } finally {
      await server.stop()
    }
  },
}

async function commitsPerRefresh(
  loader: Loader,
  server: Server,
  path: string,
  seconds: number,
): Promise<Row & { readonly value: number }> {
  const { port, seedFile: file } = server.ready
  const before = commitsOf(path)
  const work = { kind: 'refresh', file } as const
  const round = await measure(loader, () => server.ask('cpuMs'), [{ port, connections, work }], seconds)
  const commits = commitsOf(path) - before
  const refreshes = round.lanes[0]?.checked ?? 0
  return {
    what: `commits of SQLite per refresh, ${connections} in flight`,
    figure: (commits / refreshes).toFixed(3),
    detail: `${commits.toLocaleString('en-US')} commits for ${refreshes.toLocaleString('en-US')} refreshes`,
    disturbed: figuresOf([round]).disturbance !== null,
    value: commits / refreshes,
  }
}
