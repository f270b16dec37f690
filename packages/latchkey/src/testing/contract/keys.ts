// The sealed keys: a text that the store keeps, replaced by compare-and-swap, so that nodes that start or rotate together
// agree on one set.

import assert from 'node:assert/strict'
import { race, watching, type Case } from './case.ts'

export const keys: readonly Case[] = [
  {
    name: 'has no keys at first, and then those that were kept, on every opening',
    run: async (openings) => {
      assert.equal(await openings[0].readKeys(), null)
      assert.equal(await openings[0].writeKeys('first', 0), true)
      for (const store of openings) assert.deepEqual(await store.readKeys(), { version: 1, text: 'first' })
    },
  },
  {
    name: 'replaces keys only where the version is the one named',
    run: async ([store]) => {
      assert.equal(await store.writeKeys('early', 1), false)
      assert.equal(await store.readKeys(), null)
      assert.equal(await store.writeKeys('first', 0), true)
      assert.equal(await store.writeKeys('other', 0), false)
      assert.equal(await store.writeKeys('second', 1), true)
      assert.equal(await store.writeKeys('late', 1), false)
      assert.deepEqual(await store.readKeys(), { version: 2, text: 'second' })
    },
  },
  {
    name: 'keeps the keys of exactly one of many who write at once',
    run: async (openings) => {
      for (let replacing = 0; replacing < 5; replacing += 1) {
        const kept = await race(openings, 20, (store, index) =>
          store.writeKeys(`keys ${replacing} ${index}`, replacing),
        )
        const winners = kept.flatMap((won, index) => (won ? [index] : []))
        assert.equal(winners.length, 1)
        const expected = { version: replacing + 1, text: `keys ${replacing} ${winners[0]}` }
        for (const store of openings) assert.deepEqual(await store.readKeys(), expected)
      }
    },
  },
  {
    name: 'keeps a long text as it is',
    run: async ([store]) => {
      const text = 'v1.Aa_-0'.repeat(8000)
      await store.writeKeys(text, 0)
      assert.equal((await store.readKeys())?.text, text)
    },
  },
  {
    name: 'tells whoever watches soon after another opening has replaced the keys',
    run: async (openings) => {
      const [watched] = openings
      let version = 0
      for (const other of new Set(openings.filter((store) => store !== watched))) {
        const told = new Promise<void>((resolve) => {
          const stop = watched.watch(
            watching(() => {
              stop()
              resolve()
            }),
          )
        })
        assert.equal(await other.writeKeys('sealed', version), true)
        version += 1
        await told
      }
    },
  },
]
