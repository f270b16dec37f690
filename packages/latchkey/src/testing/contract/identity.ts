// Who the store is: said once by whoever comes first, and the same to everybody ever after.

import assert from 'node:assert/strict'
import type { Identity } from '../../core/store.ts'
import { race, type Case } from './case.ts'

const id = (fill: number): string => Buffer.alloc(16, fill).toString('base64url')

const proposal = (environment: number, keys: readonly (readonly [number, number])[]): Identity => ({
  environment: id(environment),
  keys: new Map(keys.map(([kid, fingerprint]) => [kid, id(fingerprint)])),
})

const read = ({ environment, keys }: Identity): unknown => [environment, new Map([...keys].sort(([a], [b]) => a - b))]

export const identity: readonly Case[] = [
  {
    name: 'takes the first proposal as its identity',
    run: async ([store]) => {
      const first = proposal(
        1,
        [0, 7, 255].map((kid) => [kid, kid]),
      )
      assert.deepEqual(read(await store.identify(first)), read(first))
    },
  },
  {
    name: 'keeps its first environment, and tells it to every opening',
    run: async (openings) => {
      await openings[0].identify(proposal(1, [[1, 1]]))
      for (const store of openings) {
        assert.equal((await store.identify(proposal(2, [[1, 1]]))).environment, id(1))
      }
    },
  },
  {
    name: 'keeps the first fingerprint of a kid, and adds kids that are new',
    run: async (openings) => {
      await openings[0].identify(proposal(1, [[1, 1]]))
      const other = openings.at(-1) ?? openings[0]
      const both = proposal(1, [
        [1, 1],
        [2, 2],
      ])
      const known = await other.identify(
        proposal(1, [
          [1, 9],
          [2, 2],
        ]),
      )
      assert.deepEqual(read(known), read(both))
      assert.deepEqual(read(await openings[0].identify(proposal(1, []))), read(both))
    },
  },
  {
    name: 'has one identity, however many propose one at once',
    run: async (openings) => {
      const known = await race(openings, 20, (store, index) => store.identify(proposal(index + 1, [[1, index + 1]])))
      const [first] = known
      for (const identity of known) {
        assert.equal(identity.environment, first?.environment)
        assert.equal(identity.keys.get(1), first?.keys.get(1))
      }
    },
  },
]
