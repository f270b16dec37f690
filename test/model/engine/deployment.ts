// The real thing under the commands: two engines on one store, a clock that the commands set, and all that clients and
// thieves have been given so far.

import { createLatchkey, eventNames, generateKeys, isLatchkeyError } from 'latchkey'
import type { EventName, Latchkey, Store, Transport } from 'latchkey'
import { withVerbs } from '../../helpers/engine.ts'
import type { Backing } from './backings.ts'
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
  /** Keep and bring back a copy of all data; only where a copy can be made. */
  readonly copy?: () => Promise<void>
  readonly restore: () => Promise<void>
  readonly close: () => Promise<void>
}

// The commands set the engines' clock; no real one can agree with it.
const untimed = (store: Store): Store => withVerbs(store, { ping: () => Promise.resolve(null) })

type Shared = Pick<Deployment, 'clock' | 'unproved' | 'met'>

async function openEngines(stores: readonly [Store, Store], { clock, unproved, met }: Shared) {
  const open = async (store: Store): Promise<Latchkey> => {
    const options = {
      issuer: 'https://commands.example',
      keys,
      maxSessions: limits.max,
      leewaySeconds: limits.leewayMs / 1000,
      idleSeconds: limits.idleMs / 1000,
      absoluteSeconds: limits.absoluteMs / 1000,
      retentionSeconds: limits.retentionMs / 1000,
    }
    const engine = await createLatchkey({ ...options, store: untimed(store) }, { now: () => clock.now })
    engine.on('unproved', ({ generation }) => unproved.push({ generation }))
    for (const name of eventNames) engine.on(name, () => met.add(name))
    return engine
  }
  return [await open(stores[0]), await open(stores[1])] as const
}

/** Two engines, each with its own opening of the same data. */
export async function deploy(backing: Backing, now: number, met: Set<EventName>): Promise<Deployment> {
  const shared = { clock: { now }, unproved: [], met }
  const open = async () => openEngines(await backing.open(), shared)
  let engines = await open()
  const { copy, restore } = backing
  return {
    ...shared,
    engines: () => engines,
    given: new Map(),
    ...(copy === undefined ? {} : { copy }),
    restore: async () => {
      await closeAll(engines)
      await restore?.()
      engines = await open()
    },
    close: async () => {
      await closeAll(engines)
      await backing.remove()
    },
  }
}

const closeAll = async (engines: readonly Latchkey[]): Promise<void> => {
  for (const engine of engines) await engine.close()
}

/** The code of a refusal; anything else that goes wrong is the test's business. */
export const codeOf = (error: unknown): string => {
  if (isLatchkeyError(error)) return error.code
  throw error
}
