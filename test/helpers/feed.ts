// A revocation feed whose every load the test answers by hand, on a clock that it sets.

import type { Revocation, Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { settableClock } from 'latchkey/testing'
import { createPolicy } from '../../packages/latchkey/src/core/policy.ts'
import { RevocationFeed } from '../../packages/latchkey/src/core/revocation-feed.ts'
import { createStoreCall } from '../../packages/latchkey/src/core/store-calls.ts'
import { settled, start, withVerbs } from './engine.ts'

export const policy = createPolicy({ maxRevocations: 3 })
export const entry = (name: string, revokedAt: number): Revocation => ({ publicId: name, revokedAt })

export interface Load {
  readonly since: number
  readonly limit: number
  readonly answer: (entries: readonly Revocation[]) => Promise<void>
  readonly fail: () => Promise<void>
}

/** A feed on a store whose every load the test answers by hand. */
export function openFeed(limits = policy) {
  const clock = settableClock(start)
  const loads: Load[] = []
  const log: string[] = []
  let changed: (() => void) | undefined
  let timers = 0
  const after = (ms: number, call: () => void) => {
    timers += 1
    let over = false
    const done = (): void => {
      if (!over) timers -= 1
      over = true
    }
    const cancel = clock.ports.after(ms, () => {
      done()
      call()
    })
    return () => {
      done()
      cancel()
    }
  }
  const verbs: Partial<Store> = {
    watch: (call) => {
      log.push('watch')
      changed = call
      return () => {
        log.push('stop')
        changed = undefined
      }
    },
    revokedSince: (since, limit) => {
      log.push('load')
      return new Promise((resolve, reject) => {
        const told = (act: () => void) => async () => {
          act()
          await settled()
        }
        loads.push({
          since,
          limit,
          answer: (entries) => told(() => resolve(entries))(),
          fail: told(() => reject(new Error('down'))),
        })
      })
    },
  }
  const ports = { ...clock.ports, after, random: (bytes: number) => Buffer.alloc(bytes) }
  const feed = new RevocationFeed(
    withVerbs(memoryStore(), verbs),
    createStoreCall(ports, limits.storeDeadlineMs),
    limits,
    ports,
  )
  return {
    clock,
    feed,
    loads,
    log,
    change: () => changed?.(),
    isWatched: () => changed !== undefined,
    timers: () => timers,
  }
}

/** The same, after its first load. */
export async function startFeed(entries: readonly Revocation[] = [], limits = policy) {
  const all = openFeed(limits)
  const ready = all.feed.start()
  await all.loads[0]!.answer(entries)
  await ready
  return all
}
