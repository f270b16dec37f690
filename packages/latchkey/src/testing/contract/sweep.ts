// The broom: bounded, safe to run from everywhere at once, and never a danger to what lives.

import assert from 'node:assert/strict'
import type { Session } from '../../core/session.ts'
import type { Store } from '../../core/store.ts'
import { sampleSession } from '../sample-session.ts'
import { begin, beginSeveral, begun, race, roomy, second, stepOf, stepped, turn, type Case } from './case.ts'

const before = begun + 100 * second
const over = { idleExpiresAt: before - 1 } as const

/** Walks over everything; the number of rows removed, and of pieces. */
async function walk(store: Store, limit = 10): Promise<{ removed: number; pieces: number }> {
  let removed = 0
  let after: string | undefined
  for (let pieces = 1; ; pieces += 1) {
    const swept = await store.sweep({ before, limit, ...(after === undefined ? {} : { after }) })
    removed += swept.removed
    if (swept.next === null) return { removed, pieces }
    assert.ok(pieces < 10_000, 'a sweep comes to an end')
    after = swept.next
  }
}

const dying: readonly (readonly [string, Partial<Session>])[] = [
  ['idle life', { idleExpiresAt: before - 1 }],
  ['absolute life', { absoluteExpiresAt: before - 1 }],
]
const staying: readonly (readonly [string, Partial<Session>])[] = [
  ['is live', {}],
  ['ends its idle life at the very instant', { idleExpiresAt: before }],
  ['ends its absolute life at the very instant', { absoluteExpiresAt: before }],
]

export const sweep: readonly Case[] = [
  ...dying.map(
    ([name, overrides]) =>
      ({
        name: `sweeps away what ended its ${name} before an instant`,
        run: async ([store]) => {
          const { sid } = await begin(store, overrides)
          assert.equal((await walk(store)).removed, 1)
          assert.equal(await store.find(sid), null)
        },
      }) satisfies Case,
  ),
  ...staying.map(
    ([name, overrides]) =>
      ({
        name: `never sweeps away what ${name}`,
        run: async ([store]) => {
          const session = await begin(store, overrides)
          assert.equal((await walk(store)).removed, 0)
          assert.deepEqual(await store.find(session.sid), session)
        },
      }) satisfies Case,
  ),
  {
    name: 'sweeps away what was ended before an instant, not what was ended at it',
    run: async ([store]) => {
      const [gone, kept] = await beginSeveral(store, 2)
      assert.ok(gone && kept)
      await store.revoke(gone.sid, { at: before - 1, reason: 'signed_out' })
      const row = await store.revoke(kept.sid, { at: before, reason: 'signed_out' })
      assert.equal((await walk(store)).removed, 1)
      assert.equal(await store.find(gone.sid), null)
      assert.deepEqual(await store.find(kept.sid), row)
    },
  },
  {
    name: 'finds nothing to sweep in an empty store',
    run: async ([store]) => {
      assert.equal((await walk(store)).removed, 0)
    },
  },
  {
    name: 'looks at a bounded piece at a time, and says where to go on (I7)',
    run: async ([store]) => {
      await beginSeveral(store, 70, over)
      const live = await beginSeveral(store, 5, { createdAt: begun + second })
      const first = await store.sweep({ before, limit: 3 })
      assert.ok(first.removed < 70 && first.next !== null)
      const { removed, pieces } = await walk(store, 3)
      assert.equal(removed, 70 - first.removed)
      assert.ok(pieces > 3)
      assert.deepEqual(await store.list({ subject: 'ada', limit: 100 }), live)
    },
  },
  {
    name: 'gets past any number of live rows',
    run: async ([store]) => {
      const live = await beginSeveral(store, 5)
      await begin(store, { ...over, createdAt: begun + second })
      assert.equal((await walk(store, 2)).removed, 1)
      assert.deepEqual(await store.list({ subject: 'ada', limit: 10 }), live)
    },
  },
  {
    name: 'counts each row once, however many sweep at once',
    run: async (openings) => {
      await beginSeveral(openings[0], 20, over)
      const live = await beginSeveral(openings[0], 5)
      const walks = await race(openings, 4, (store) => walk(store, 7))
      assert.deepEqual(await openings[0].list({ subject: 'ada', limit: 100 }), live)
      assert.equal(
        walks.reduce((sum, { removed }) => sum + removed, 0),
        20,
      )
    },
  },
  {
    name: 'never takes a row away that is being swapped',
    run: async (openings) => {
      const sessions = await beginSeveral(openings[0], 10, { idleExpiresAt: before + second })
      const swaps = sessions.map((session, index) => turn(openings, index).advance(stepOf(session)))
      await Promise.all([...swaps, ...openings.map((store) => walk(store, 3))])
      const rows = sessions.map((session) => stepped(session, stepOf(session)))
      assert.deepEqual(await openings[0].list({ subject: 'ada', limit: 100 }), rows)
    },
  },
  {
    name: 'goes on refusing what was begun before a sign-out-everywhere that is not yet over (I10)',
    run: async ([store]) => {
      await store.revokeAll('ada', { at: before, reason: 'signed_out_everywhere' })
      await walk(store, 10)
      const insertion = await store.insert(sampleSession({ createdAt: before }), roomy)
      assert.deepEqual(insertion, { inserted: false, because: 'revoked' })
    },
  },
]
