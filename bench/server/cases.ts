// The servers that are compared, one process each. Those of one table do the same work on the same requests and give
// the same answers; what differs is the one thing the table is about.

import { join } from 'node:path'
import express, { type Express, type RequestHandler } from 'express'
import { createLatchkey, generateKeys, type Latchkey, type PolicyOptions, type Store } from 'latchkey'
import { createSessions } from 'latchkey/express'
import { memoryStore } from 'latchkey/memory'
import { sqliteStore } from 'latchkey/sqlite'
import { ceiling } from './ceiling.ts'
import { addDeadSessions } from './dead-sessions.ts'
import { beginSessions, seedOf, type Seed } from './seed.ts'
import { openStore } from './stores.ts'

export interface Served {
  readonly app: Express
  readonly seed: Seed | null
  readonly engine: { readonly latchkey: Latchkey; readonly store: Store } | null
}

export const refreshedSessions = 2048
const manySessions = 10_000
const fewSessions = 32
export const issuer = 'http://127.0.0.1:3000'
const profile = { id: '00000000-0000-4000-8000-000000000000', name: 'Ada Lovelace', admin: false }
const body = JSON.stringify(profile)
const me: RequestHandler = (_req, res) => void res.json(profile)
const passOn: RequestHandler = (_req, _res, next) => next()

interface Place {
  readonly folder: string
  /** Of the engine's database. */
  readonly url: string
}

type CaseMaker = (place: Place) => Promise<Served>

const makers = {
  bare: async () => ({ app: express().get('/me', me), seed: null, engine: null }),
  layer: async () => ({ app: express().use(passOn).get('/me', me), seed: null, engine: null }),
  route: () => guarded(fewSessions, 0, {}, (app, guard) => app.get('/me', guard, me)),
  use: () => guarded(fewSessions, 0, {}, (app, guard) => app.use(guard).get('/me', me)),
  many: () => guarded(manySessions, manySessions, {}, (app, guard) => app.get('/me', guard, me)),
  manyRoomy: () =>
    guarded(manySessions, manySessions, { maxCachedTokens: 2 * manySessions }, (app, guard) =>
      app.get('/me', guard, me),
    ),
  ceiling: async () => ceiling(refreshedSessions),
  memoryPlain: () => refreshing(memoryStore(), 'plain'),
  memoryKeyed: () => refreshing(memoryStore(), 'session_key'),
  sqlitePlain: ({ folder }) => refreshing(sqliteStore(join(folder, 'plain.db')), 'plain'),
  sqliteKeyed: ({ folder }) => refreshing(sqliteStore(join(folder, 'keyed.db')), 'session_key'),
  swept: ({ folder }) => refreshing(sqliteStore(join(folder, 'swept.db')), 'plain', addDeadSessions),
  postgresPlain: async ({ url }) => refreshing(await openStore('postgres', url), 'plain'),
  postgresKeyed: async ({ url }) => refreshing(await openStore('postgres', url), 'session_key'),
  redisPlain: async ({ url }) => refreshing(await openStore('redis', url), 'plain'),
  redisKeyed: async ({ url }) => refreshing(await openStore('redis', url), 'session_key'),
} satisfies Record<string, CaseMaker>

export type CaseName = keyof typeof makers

export function makeCase(name: string, place: Place): Promise<Served> {
  const known = Object.keys(makers) as CaseName[]
  const found = known.find((each) => each === name)
  if (found === undefined) throw new Error(`there is no case ${name}; there are ${known.join(', ')}`)
  return makers[found](place)
}

// Which store is behind it does not matter: a token that has been seen needs none.
async function guarded(
  live: number,
  revoked: number,
  policy: PolicyOptions,
  mount: (app: Express, guard: RequestHandler) => Express,
): Promise<Served> {
  const store = sqliteStore(':memory:')
  const latchkey = await createLatchkey({ issuer, store, keys: generateKeys(), ...policy })
  const begun = await beginSessions(latchkey, live + revoked, 'plain')
  const ended = begun.splice(live)
  for (const { session } of ended) await latchkey.revoke(session.subject, session.id)
  const sessions = createSessions(latchkey, { authenticate: () => null })
  const seed = seedOf(begun, body, ended[0]?.accessToken ?? null)
  return { app: mount(express(), sessions.requireAuth()), seed, engine: { latchkey, store } }
}

async function refreshing(
  store: Store,
  proof: 'plain' | 'session_key',
  prepare: (store: Store) => Promise<void> = async () => undefined,
): Promise<Served> {
  await prepare(store)
  const latchkey = await createLatchkey({ issuer, store, keys: generateKeys() })
  // Counted like anywhere else, but no session is renewed as often anywhere else.
  const throttle = { renewalsPerMinute: 1_000_000 }
  const sessions = createSessions(latchkey, { authenticate: () => null, throttle })
  const seed = seedOf(await beginSessions(latchkey, refreshedSessions, proof), body)
  return { app: express().use(sessions.router), seed, engine: { latchkey, store } }
}
