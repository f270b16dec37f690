// What a running server remembers of clients, so that not every request asks the database: for a few seconds, and so many
// of them (I7). A client that was removed is refused everywhere within that time.

import type { Client } from 'latchkey/express'
import type { ClientDirectory } from './directory.ts'

/** A client that was removed or added is known to every node after so long. */
export const clientMemoryMs = 5000
/** So many ids are remembered, those of clients that do not exist too. */
const maxRemembered = 1000

interface Remembered {
  readonly at: number
  readonly client: Promise<Client | null>
}

/** Finds clients for `createSessions({ clients })`, on the engine's clock. Rejects with `store_unavailable`. */
export function createClientFinder(
  directory: Pick<ClientDirectory, 'find'>,
  now: () => number,
): (id: string) => Promise<Client | null> {
  const remembered = new Map<string, Remembered>()
  // A clock that was set back must not make a memory longer.
  const isFresh = ({ at }: Remembered, time: number): boolean => time >= at && time < at + clientMemoryMs
  const ask = (id: string, at: number): Promise<Client | null> => {
    const client = directory.find(id)
    const entry = { at, client }
    remembered.delete(id)
    const [oldest] = remembered.keys()
    if (remembered.size >= maxRemembered && oldest !== undefined) remembered.delete(oldest)
    remembered.set(id, entry)
    // An outage is not remembered.
    client.catch(() => remembered.get(id) === entry && remembered.delete(id))
    return client
  }
  return async (id) => {
    const at = now()
    const known = remembered.get(id)
    return known !== undefined && isFresh(known, at) ? known.client : ask(id, at)
  }
}
