// The swap: the one verb on the hot path, and the one on which it rests that a token has a single successor (I2).

import assert from 'node:assert/strict'
import type { Session } from '../../core/session.ts'
import type { Step } from '../../core/store.ts'
import { begin, begun, ended, second, stepOf, stepped, type Case } from './case.ts'

const other = 'o'.repeat(43)

const refused: readonly (readonly [string, Partial<Session>, Partial<Step>])[] = [
  ['from a generation that is over', { generation: 5 }, { from: 4, to: 5 }],
  ['from a generation to come', { generation: 5 }, { from: 6, to: 7 }],
  ['for another client', {}, { client: 'another' }],
  ['for a client that differs in case', {}, { client: 'First-party' }],
  ['without the thumbprint', { thumbprint: other }, { thumbprint: null }],
  ['with a thumbprint where there is none', {}, { thumbprint: other }],
  ['with an empty thumbprint where there is none', {}, { thumbprint: '' }],
  ['with another thumbprint', { thumbprint: other }, { thumbprint: 'p'.repeat(43) }],
  ['at the end of the idle life', { idleExpiresAt: begun + second }, { at: begun + second }],
  ['at the end of the absolute life', { absoluteExpiresAt: begun + second }, { at: begun + second }],
  ['long after its life', {}, { at: begun * 2 }],
]

export const swap: readonly Case[] = [
  {
    name: 'moves the generation, the instant and the idle life, and nothing else',
    run: async (openings) => {
      const session = await begin(openings[0], { claims: { role: 'reader' }, scope: 'read' })
      const neighbour = await begin(openings[0])
      const step = stepOf(session)
      const row = stepped(session, step)
      assert.deepEqual(await openings[0].advance(step), row)
      for (const store of openings) assert.deepEqual(await store.find(session.sid), row)
      assert.deepEqual(await openings[0].find(neighbour.sid), neighbour)
    },
  },
  ...refused.map(
    ([name, overrides, wrong]) =>
      ({
        name: `does not swap ${name}`,
        run: async ([store]) => {
          const session = await begin(store, overrides)
          assert.equal(await store.advance(stepOf(session, wrong)), null)
          assert.deepEqual(await store.find(session.sid), session)
        },
      }) satisfies Case,
  ),
  {
    name: 'does not swap what it does not have',
    run: async ([store]) => {
      const session = await begin(store)
      assert.equal(await store.advance(stepOf(session, { sid: 'f'.repeat(32) })), null)
    },
  },
  {
    name: 'does not swap what was ended, and the end stays as it was (I10)',
    run: async ([store]) => {
      const session = await begin(store)
      await store.revoke(session.sid, { at: begun, reason: 'signed_out' })
      assert.equal(await store.advance(stepOf(session)), null)
      assert.deepEqual(await store.find(session.sid), ended(session, begun, 'signed_out'))
    },
  },
  {
    name: 'swaps up to the last millisecond of a life',
    run: async ([store]) => {
      const life = { idleExpiresAt: begun + second, absoluteExpiresAt: begun + second }
      const session = await begin(store, life)
      assert.notEqual(await store.advance(stepOf(session, { at: begun + second - 1 })), null)
    },
  },
  {
    name: 'swaps with the right thumbprint',
    run: async ([store]) => {
      const session = await begin(store, { thumbprint: other, proof: 'dpop' })
      assert.deepEqual(await store.advance(stepOf(session)), stepped(session, stepOf(session)))
    },
  },
  {
    name: 'swaps over many generations at once, which is how a store that lost writes is healed',
    run: async ([store]) => {
      const session = await begin(store, { generation: 3 })
      const step = stepOf(session, { to: 1004 })
      assert.deepEqual(await store.advance(step), stepped(session, step))
    },
  },
  {
    name: 'swaps up to the last generation of a token',
    run: async ([store]) => {
      const session = await begin(store, { generation: 0xffff_fffe })
      assert.equal((await store.advance(stepOf(session)))?.generation, 0xffff_ffff)
    },
  },
  {
    name: 'lets a clock go back: the instant of a step is whatever it is told (I6)',
    run: async ([store]) => {
      const session = await begin(store)
      const step = stepOf(session, { at: begun - 5 * second, idleExpiresAt: begun + second })
      assert.deepEqual(await store.advance(step), stepped(session, step))
    },
  },
]
