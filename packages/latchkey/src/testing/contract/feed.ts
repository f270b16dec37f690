// The revocation feed: its past, which every node loads, and its present, which only says that something may have changed.

import assert from 'node:assert/strict'
import { sampleSession } from '../sample-session.ts'
import { begin, beginSeveral, begun, second, watching, type Case } from './case.ts'

const later = begun + second

export const feed: readonly Case[] = [
  {
    name: 'tells what was revoked after an instant, the newest first',
    run: async (openings) => {
      const [a, b, c, d] = await beginSeveral(openings[0], 4)
      for (const [index, session] of [b, d, a, c].entries()) {
        await openings[0].revoke(session?.sid ?? '', { at: begun + 1 + index, reason: 'signed_out' })
      }
      for (const store of openings) {
        assert.deepEqual(await store.revokedSince(begun + 1, 10), [
          { publicId: c?.publicId, revokedAt: begun + 4 },
          { publicId: a?.publicId, revokedAt: begun + 3 },
          { publicId: d?.publicId, revokedAt: begun + 2 },
        ])
      }
    },
  },
  {
    name: 'tells at most as many as asked for: the newest (I7)',
    run: async ([store]) => {
      const sessions = await beginSeveral(store, 5)
      for (const [index, { sid }] of sessions.entries()) {
        await store.revoke(sid, { at: later + index, reason: 'signed_out' })
      }
      const told = await store.revokedSince(0, 2)
      assert.deepEqual(
        told.map(({ publicId }) => publicId),
        [sessions[4]?.publicId, sessions[3]?.publicId],
      )
    },
  },
  {
    name: 'tells nothing of what lives, or ended by itself',
    run: async ([store]) => {
      await begin(store)
      await begin(store, { idleExpiresAt: 1 })
      assert.deepEqual(await store.revokedSince(-1, 10), [])
    },
  },
  {
    name: 'tells of those who made room, and of those who were signed out everywhere',
    run: async ([store]) => {
      const evicted = await begin(store)
      const session = sampleSession({ createdAt: later })
      await store.insert(session, { max: 1, evict: true })
      await store.revokeAll('ada', { at: later + 1, reason: 'signed_out_everywhere' })
      assert.deepEqual(await store.revokedSince(begun, 10), [
        { publicId: session.publicId, revokedAt: later + 1 },
        { publicId: evicted.publicId, revokedAt: later },
      ])
    },
  },
  {
    name: 'tells whoever watches soon after another opening has revoked something',
    run: async (openings) => {
      const [watched] = openings
      const { sid } = await begin(watched)
      // Where all openings are one and the same, nobody else can revoke anything.
      for (const other of new Set(openings.filter((store) => store !== watched))) {
        const told = new Promise<void>((resolve) => {
          const stop = watched.watch(
            watching(() => {
              stop()
              resolve()
            }),
          )
        })
        await other.revoke(sid, { at: later, reason: 'signed_out' })
        await told
        assert.equal((await watched.revokedSince(begun, 10)).length, 1)
      }
    },
  },
  {
    name: 'lets a watcher go, once or twice',
    run: async ([store]) => {
      const stop = store.watch(watching(() => undefined))
      stop()
      stop()
    },
  },
]
