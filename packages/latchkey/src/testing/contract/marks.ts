// The short-lived counters: what throttles and replay caches of many nodes rest on, so that their races must count exactly.

import assert from 'node:assert/strict'
import type { Mark, Marked, Store } from '../../core/store.ts'
import { begin, begun, race, second, type Case } from './case.ts'

const later = begun + second

const one = (overrides: Partial<Mark> = {}): Mark => ({
  key: 'tries',
  add: 1,
  at: begun,
  expiresAt: later,
  replace: false,
  ...overrides,
})

const readOf = (store: Store, overrides: Partial<Mark> = {}): Promise<Marked> =>
  store.mark(one({ add: 0, ...overrides }))

const sorted = (counts: readonly Marked[]): number[] => counts.map(({ count }) => count).sort((a, b) => a - b)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

/** Every character that a key may have, and neighbours that a careless pattern would take for one. */
const characters = Array.from({ length: 95 }, (_, index) => String.fromCodePoint(32 + index)).join('')
const keys = [characters, 'a', 'A', ' a', 'a ', 'a%', 'a_', 'a*', 'ab', '__proto__', 'k'.repeat(200), 'k'.repeat(199)]

export const marks: readonly Case[] = [
  {
    name: 'counts from nothing, on every opening, and keeps the end of the first',
    run: async (openings) => {
      let count = 0
      for (const store of [...openings, ...openings]) {
        count += 2
        const marked = await store.mark(one({ add: 2, expiresAt: later + count }))
        assert.deepEqual(marked, { count, expiresAt: later + 2 })
      }
    },
  },
  {
    name: 'counts exactly fifty of fifty marks at once (I7)',
    run: async (openings) => {
      for (let round = 0; round < 5; round += 1) {
        const counts = await race(openings, 50, (store) => store.mark(one({ key: `round ${round}` })))
        assert.deepEqual(sorted(counts), upTo(50))
        for (const store of openings) assert.equal((await readOf(store, { key: `round ${round}` })).count, 50)
      }
    },
  },
  {
    name: 'begins anew from the end on, and not before',
    run: async ([store]) => {
      await store.mark(one())
      assert.deepEqual(await store.mark(one({ at: later - 1, expiresAt: later * 2 })), { count: 2, expiresAt: later })
      assert.deepEqual(await readOf(store, { at: later, expiresAt: later * 2 }), { count: 0, expiresAt: later * 2 })
      const anew = { count: 1, expiresAt: later * 2 }
      assert.deepEqual(await store.mark(one({ at: later, expiresAt: later * 2 })), anew)
      assert.deepEqual(await readOf(store, { at: later }), anew)
    },
  },
  {
    name: 'counts exactly those that begin a counter anew at once',
    run: async (openings) => {
      await openings[0].mark(one({ add: 7 }))
      const anew = { at: later, expiresAt: later + second }
      const counts = await race(openings, 50, (store) => store.mark(one(anew)))
      assert.deepEqual(sorted(counts), upTo(50))
    },
  },
  {
    name: 'counts down, and never below nothing',
    run: async ([store]) => {
      await store.mark(one({ add: 3 }))
      assert.deepEqual(await store.mark(one({ add: -2 })), { count: 1, expiresAt: later })
      assert.deepEqual(await store.mark(one({ add: -2 })), { count: 0, expiresAt: later })
      assert.deepEqual(await store.mark(one()), { count: 1, expiresAt: later })
      assert.equal((await store.mark(one({ key: 'other', add: -2 }))).count, 0)
    },
  },
  {
    name: 'reads a counter without writing one',
    run: async ([store]) => {
      assert.deepEqual(await readOf(store), { count: 0, expiresAt: later })
      assert.deepEqual(await store.mark(one({ expiresAt: later + 1 })), { count: 1, expiresAt: later + 1 })
      assert.deepEqual(await readOf(store), { count: 1, expiresAt: later + 1 })
    },
  },
  {
    name: 'replaces whatever is there, with its end',
    run: async ([store]) => {
      const replace = { add: 9, expiresAt: later * 2, replace: true }
      assert.deepEqual(await store.mark(one(replace)), { count: 9, expiresAt: later * 2 })
      assert.deepEqual(await store.mark(one({ add: 4, replace: true })), { count: 4, expiresAt: later })
      assert.deepEqual(await store.mark(one({ add: 0, expiresAt: later + 1, replace: true })), {
        count: 0,
        expiresAt: later + 1,
      })
      assert.deepEqual(await store.mark(one()), { count: 1, expiresAt: later + 1 })
    },
  },
  {
    name: 'forgets a counter, and one that is not there',
    run: async (openings) => {
      const [store] = openings
      await store.mark(one({ add: 5 }))
      await store.mark(one({ key: 'other' }))
      for (const opening of openings) await opening.unmark('tries')
      assert.deepEqual(await store.mark(one({ expiresAt: later + 1 })), { count: 1, expiresAt: later + 1 })
      assert.equal((await readOf(store, { key: 'other' })).count, 1)
    },
  },
  {
    name: 'tells counters apart by every character of their keys',
    run: async ([store]) => {
      for (const [index, key] of keys.entries()) await store.mark(one({ key, add: index + 1 }))
      for (const [index, key] of keys.entries()) assert.equal((await readOf(store, { key })).count, index + 1)
    },
  },
  {
    name: 'keeps counters that are alive while many others come and go, and sessions too',
    run: async ([store]) => {
      const session = await begin(store)
      await store.mark(one({ add: 3, expiresAt: later * 2 }))
      for (let at = begun; at < begun + 40; at += 1) {
        await store.mark(one({ key: `short ${at}`, at, expiresAt: at + 1 }))
      }
      assert.equal((await readOf(store, { at: begun + 40 })).count, 3)
      assert.deepEqual(await store.find(session.sid), session)
    },
  },
]
