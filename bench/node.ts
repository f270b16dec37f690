// One node of several on one store: `node bench/node.ts STORE PLACE KEYS`, where KEYS is a file. It has Latchkey's routes
// and one that is protected, and counts the calls of its store: those that a request made, and those of the node itself.

import { AsyncLocalStorage } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createLatchkey, type KeySet } from 'latchkey'
import { createSessions } from 'latchkey/express'
import { answerQuestions } from './ipc.ts'
import { issuer } from './server/cases.ts'
import { countedStore } from './server/counted-store.ts'
import { beginSessions, seedOf, type SeedSession } from './server/seed.ts'
import { openStore, type StoreName } from './server/stores.ts'

export interface NodeReady {
  readonly port: number
}

export interface NodeCalls {
  readonly byRequests: number
  /** By verb. */
  readonly byItself: Readonly<Record<string, number>>
}

const [name, place = '', keysFile = ''] = process.argv.slice(2)
const inRequest = new AsyncLocalStorage<true>()
let byRequests = 0
const byItself: Record<string, number> = {}
const store = countedStore(await openStore(name as StoreName, place), (verb) => {
  if (inRequest.getStore() === true) byRequests += 1
  else byItself[verb] = (byItself[verb] ?? 0) + 1
})
const keys = JSON.parse(readFileSync(keysFile, 'utf8')) as KeySet
const latchkey = await createLatchkey({ issuer, store, keys })
// Counted like anywhere else, but no session is renewed as often anywhere else.
const throttle = { renewalsPerMinute: 1_000_000 }
const sessions = createSessions(latchkey, { authenticate: () => null, throttle })
const app = express()
app.use((_req, _res, next) => inRequest.run(true, next))
app.use(sessions.router)
app.get('/me', sessions.requireAuth(), (req, res) => void res.json({ subject: req.auth?.subject }))

const handlers = {
  signIn: async (count: number): Promise<readonly SeedSession[]> =>
    seedOf(await beginSessions(latchkey, count, 'plain'), '').sessions,
  /** Calls of the store so far. */
  calls: (): NodeCalls => ({ byRequests, byItself }),
}
export type NodeAsks = typeof handlers

const server = createServer(app)
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  answerQuestions(handlers, { port } satisfies NodeReady)
})
