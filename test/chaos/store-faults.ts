// The faults that any store of its own process can have, and the wires to it: killed, stopped for a while, connections
// reset, refused, stalled. What a crash can lose differs from store to store, so it is handed in.

import { aWhile, type FaultKind } from './faults.ts'
import type { StoreProxy } from './proxy.ts'
import { sleep } from './world.ts'

export interface StoreProcess {
  start(): Promise<void>
  kill(): Promise<void>
  pause(): void
  resume(): void
}

/** `losesMs`: how old the rotations can be that a crash loses; null where it loses none. */
export const storeFaults = (store: StoreProcess, losesMs: number | null): readonly FaultKind[] => [
  {
    what: 'the store killed',
    strike: async ({ world, chance }) => {
      const losesSinceAt = losesMs === null ? null : world.history.now() - losesMs
      // Where rotations are not synced, nothing else may sync them in passing, or none would be lost.
      const kill = async (): Promise<void> => {
        await sleep(losesMs === null ? 0 : 800)
        await store.kill()
      }
      await (losesMs === null ? kill() : world.inQuiet(kill))
      await sleep(chance.between(0, 1500))
      await store.start()
      return { losesSinceAt }
    },
  },
  {
    what: 'the store stopped for a while',
    strike: async ({ chance }) => {
      store.pause()
      await sleep(aWhile(chance))
      store.resume()
      return {}
    },
  },
]

/** One proxy for each node, in the order of the nodes. */
export const wireFaults = (proxies: readonly StoreProxy[]): readonly FaultKind[] => [
  {
    what: 'all connections reset',
    strike: async () => {
      for (const proxy of proxies) proxy.cut(false)
      return {}
    },
  },
  {
    what: 'a node cut off from the store',
    strike: async ({ chance }) => {
      const node = chance.between(0, proxies.length - 1)
      proxies[node]!.cut(true)
      await sleep(aWhile(chance))
      proxies[node]!.mend()
      return { node }
    },
  },
  {
    what: "a node's wires stalled",
    strike: async ({ chance }) => {
      const node = chance.between(0, proxies.length - 1)
      proxies[node]!.stall()
      await sleep(aWhile(chance))
      proxies[node]!.mend()
      return { node }
    },
  },
]
