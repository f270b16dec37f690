// Limits on tries across processes: several nodes on one store, and one node that is started again.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { memoryStore } from 'latchkey/memory'
import { settableClock } from 'latchkey/testing'
import { ask } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { credentials, startApp } from './in-process.ts'

it('counts what comes to all nodes together', async () => {
  const shared = {
    clock: settableClock(Date.now()),
    latchkey: { store: memoryStore() },
    sessions: { throttle: { pairTries: 3 } },
  }
  const nodes = [await startApp(shared), await startApp(shared)]
  const body = { ...credentials, password: 'wrong' }
  const statuses: number[] = []
  for (let round = 0; round < 6; round += 1) {
    statuses.push((await ask(nodes[round % 2]?.url ?? '', 'POST /login', { body })).status)
  }
  expect(statuses).toEqual([401, 401, 401, 401, 429, 429])
  for (const node of nodes) await node.close()
})

let server: TestServer
beforeAll(async () => {
  server = await startServer({ LATCHKEY_THROTTLE_PAIR_TRIES: '1', LATCHKEY_THROTTLE_FORGET_SECONDS: '3600' })
})
afterAll(() => server.remove())

it('forgets nothing when the server is started again (TE-10)', async () => {
  const body = { ...server.administrator, password: 'wrong' }
  const tried = async (): Promise<number> => (await ask(server.url, 'POST /login', { body })).status
  expect([await tried(), await tried()]).toEqual([401, 401])
  await server.restart()
  // However slow the restart was, of several at once the gate lets one through; nothing is free any more.
  const statuses = await Promise.all([tried(), tried(), tried()])
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(2)
  expect(server.log).not.toContain('wrong')
})
