// The suite for stores is itself on trial: each store here breaks one promise, and the suite has to find it out.

import { memoryStore } from 'latchkey/memory'
import { storeContract, type OpenedStore } from 'latchkey/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { broken } from '../helpers/broken-stores.ts'
import type { Broken } from '../helpers/broken-writes.ts'
import { withVerbs } from '../helpers/engine.ts'

/** The names of the cases that a store fails. */
async function failures(open: () => OpenedStore): Promise<string[]> {
  const cases: { name: string; run: () => Promise<void> }[] = []
  storeContract({ test: (name, run) => void cases.push({ name, run }), open })
  const failed: string[] = []
  for (const { name, run } of cases) await run().catch(() => failed.push(name))
  return failed
}

describe('the contract suite', () => {
  const opened = (breaking: Broken) => (): OpenedStore => {
    const real = memoryStore()
    const store = withVerbs(real, breaking(real))
    return { openings: [store, store] }
  }
  let sound: string[]
  beforeAll(async () => {
    sound = await failures(opened(() => ({})))
  })

  test.each(broken)('finds out a store that %s', async (_what, breaking, expected) => {
    const found = (await failures(opened(breaking))).filter((name) => !sound.includes(name))
    expect(found).toContainEqual(expect.stringMatching(expected))
  })

  test('has a name of its own for every case', () => {
    const names: string[] = []
    storeContract({ test: (name) => void names.push(name), open: () => ({ openings: [memoryStore()] }) })
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThan(100)
  })

  test('closes what it opened and takes away what is left, whatever happens', async () => {
    const log: string[] = []
    const open = (): OpenedStore => {
      const store = withVerbs(memoryStore(), {
        ping: () => Promise.reject(new Error('down')),
        close: async () => void log.push('closed'),
      })
      return { openings: [store, store], remove: () => void log.push('removed') }
    }
    const runs: (() => Promise<void>)[] = []
    storeContract({ test: (name, run) => void (name.startsWith('says that it can serve') && runs.push(run)), open })
    expect(runs).toHaveLength(1)
    await expect(runs[0]!()).rejects.toThrow('down')
    expect(log).toEqual(['closed', 'closed', 'removed'])
  })
})
