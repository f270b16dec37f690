// A revocation feed whose every load the test answers by hand, on a clock that it sets.

import type { Revocation, Store, Watcher } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { settableClock, type SettableClock } from 'latchkey/testing'
import { createPolicy } from '../../packages/latchkey/src/core/policy.ts'
import { RevocationFeed } from '../../packages/latchkey/src/core/revocation-feed.ts'
import { createStoreCall } from '../../packages/latchkey/src/core/store-calls.ts'
import { settled, start, withVerbs } from './engine.ts'

export const policy = createPolicy({ maxRevocations: 3 })
export const entry = (name: string, revokedAt: number): Revocation => ({ publicId: name, revokedAt })

interface Load {
  readonly since: number
  readonly limit: number
  readonly answer: (entries: readonly Revocation[]) => Promise<void>
  readonly fail: () => Promise<void>
}

/** The clock's timers, counted. */
function counted(clock: SettableClock) {
  const waiting = new Set<symbol>()
  const after = (ms: number, call: () => void): (() => void) => {
    const timer = Symbol(String(ms))
    waiting.add(timer)
    const cancel = clock.ports.after(ms, () => {
      waiting.delete(timer)
      call()
    })
    return () => {
      waiting.delete(timer)
      cancel()
    }
  }
  return { after, timers: () => waiting.size }
}

/** The two verbs that a feed knows, in the hands of the test. */
function handFed() {
  const loads: Load[] = []
  const log: string[] = []
  let watcher: Watcher | undefined
  const then = (act: () => void) => async () => {
    act()
    await settled()
  }
  const verbs: Partial<Store> = {
    watch: (told) => {
      log.push('watch')
      watcher = told
      return () => void (watcher = undefined)
    },
    revokedSince: (since, limit) => {
      log.push('load')
      return new Promise((resolve, reject) => {
        const fail = then(() => reject(new Error('down')))
        loads.push({ since, limit, answer: (entries) => then(() => resolve(entries))(), fail })
      })
    },
  }
  return {
    verbs,
    loads,
    log,
    tell: (): Watcher | undefined => watcher,
    change: () => watcher?.changed(),
    isWatched: () => watcher !== undefined,
  }
}

/** A feed on a store whose every load the test answers by hand. */
export function openFeed(limits = policy) {
  const clock = settableClock(start)
  const { after, timers } = counted(clock)
  const { verbs, ...hand } = handFed()
  const ports = { ...clock.ports, after, random: (bytes: number) => Buffer.alloc(bytes) }
  const store = withVerbs(memoryStore(), verbs)
  const feed = new RevocationFeed(store, createStoreCall(ports, limits.storeDeadlineMs), limits, ports)
  return { clock, feed, timers, ...hand }
}

/** The same, after its first load. */
export async function startFeed(entries: readonly Revocation[] = [], limits = policy) {
  const all = openFeed(limits)
  const ready = all.feed.start()
  await all.loads[0]!.answer(entries)
  await ready
  return all
}
