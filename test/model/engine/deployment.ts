// The real thing under the commands: two engines on one store, a clock that the commands set, and all that clients and
// thieves have been given so far.

import { mkdtempSync, rmSync, copyFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createLatchkey, eventNames, generateKeys, isLatchkeyError } from 'latchkey'
import type { EventName, Latchkey, Store, Transport } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { sqliteStore } from 'latchkey/sqlite'
import { limits } from './expected.ts'

const keys = generateKeys()

/** What has been given out for one session. */
export interface Given {
  readonly subject: string
  readonly transport: Transport
  readonly sessionKey: string | null
  readonly sessionId: string
  /** Refresh tokens by generation. */
  readonly tokens: Map<number, string>
  readonly nonces: { readonly text: string; readonly at: number }[]
  accessToken: string
}

export interface Deployment {
  readonly engines: () => readonly [Latchkey, Latchkey]
  /** By the numbers of the model; nothing where a sign-in was refused. */
  readonly given: Map<number, Given>
  readonly clock: { now: number }
  /** Tokens that came without their session's key. */
  readonly unproved: { generation: number }[]
  /** Every event that has been heard. */
  readonly met: Set<EventName>
  /** Keep and bring back a copy of the database; only where there is a file. */
  readonly copy?: () => void
  readonly restore?: () => Promise<void>
  readonly close: () => Promise<void>
}

type Shared = Pick<Deployment, 'clock' | 'unproved' | 'met'>

async function openEngines(stores: readonly [Store, Store], { clock, unproved, met }: Shared) {
  const open = async (store: Store): Promise<Latchkey> => {
    const options = {
      issuer: 'https://commands.example',
      keys,
      store,
      maxSessions: limits.max,
      leewaySeconds: limits.leewayMs / 1000,
      idleSeconds: limits.idleMs / 1000,
      absoluteSeconds: limits.absoluteMs / 1000,
      retentionSeconds: limits.retentionMs / 1000,
    }
    const engine = await createLatchkey(options, { now: () => clock.now })
    engine.on('unproved', ({ generation }) => unproved.push({ generation }))
    for (const name of eventNames) engine.on(name, () => met.add(name))
    return engine
  }
  return [await open(stores[0]), await open(stores[1])] as const
}

/** Two engines on one store in memory. */
export async function deployInMemory(now: number, met: Set<EventName>): Promise<Deployment> {
  const shared = { clock: { now }, unproved: [], met }
  const store = memoryStore()
  const engines = await openEngines([store, store], shared)
  return { ...shared, engines: () => engines, given: new Map(), close: () => closeAll(engines) }
}

/** Two engines, each with its own opening of one database file. */
export async function deployOnFile(now: number, met: Set<EventName>): Promise<Deployment> {
  const shared = { clock: { now }, unproved: [], met }
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-model-'))
  const [path, kept] = [join(folder, 'sessions.db'), join(folder, 'kept.db')]
  const open = () => openEngines([sqliteStore(path), sqliteStore(path)], shared)
  let engines = await open()
  return {
    ...shared,
    engines: () => engines,
    given: new Map(),
    copy: () => copyDatabase(path, kept),
    restore: async () => {
      await closeAll(engines)
      copyFileSync(kept, path)
      engines = await open()
    },
    close: async () => {
      await closeAll(engines)
      rmSync(folder, { recursive: true })
    },
  }
}

const closeAll = async (engines: readonly Latchkey[]): Promise<void> => {
  for (const engine of engines) await engine.close()
}

function copyDatabase(path: string, to: string): void {
  rmSync(to, { force: true })
  const database = new DatabaseSync(path)
  database.exec(`VACUUM INTO '${to}'`)
  database.close()
}

/** The code of a refusal; anything else that goes wrong is the test's business. */
export const codeOf = (error: unknown): string => {
  if (isLatchkeyError(error)) return error.code
  throw error
}
