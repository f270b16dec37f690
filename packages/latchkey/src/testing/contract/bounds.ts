// The bound on a subject's live sessions, kept in the same atomic act as the insertion.

import assert from 'node:assert/strict'
import { sampleSession } from '../sample-session.ts'
import { begin, beginSeveral, begun, ended, roomy, second, sids, type Case } from './case.ts'

const later = begun + second

export const bounds: readonly Case[] = [
  {
    name: 'ends the oldest live session of the subject to make room (I7)',
    run: async ([store]) => {
      const [oldest, ...younger] = await beginSeveral(store, 3)
      const session = sampleSession({ createdAt: later })
      assert.ok(oldest)
      const row = ended(oldest, later, 'evicted')
      assert.deepEqual(await store.insert(session, { max: 3, evict: true }), { inserted: true, evicted: [row] })
      assert.deepEqual(await store.find(oldest.sid), row)
      const live = await store.list({ subject: 'ada', liveAt: later, limit: 10 })
      assert.deepEqual(live, [...younger, session])
    },
  },
  {
    name: 'ends as many as it takes where the bound has become smaller',
    run: async ([store]) => {
      const [one, two, three] = await beginSeveral(store, 3)
      const session = sampleSession({ createdAt: later })
      const insertion = await store.insert(session, { max: 1, evict: true })
      assert.ok(insertion.inserted)
      assert.deepEqual(sids(insertion.evicted), [one?.sid, two?.sid, three?.sid])
      assert.deepEqual(await store.list({ subject: 'ada', liveAt: later, limit: 10 }), [session])
    },
  },
  {
    name: 'refuses a newcomer where it is full and may not evict, and changes nothing',
    run: async ([store]) => {
      const sessions = await beginSeveral(store, 2)
      const session = sampleSession({ createdAt: later })
      const insertion = await store.insert(session, { max: 2, evict: false })
      assert.deepEqual(insertion, { inserted: false, because: 'full' })
      assert.equal(await store.find(session.sid), null)
      assert.deepEqual(await store.list({ subject: 'ada', limit: 10 }), sessions)
    },
  },
  {
    name: 'counts only what is live when the newcomer begins',
    run: async ([store]) => {
      const { sid } = await begin(store)
      await store.revoke(sid, { at: begun, reason: 'signed_out' })
      await begin(store, { idleExpiresAt: later })
      await begin(store, { absoluteExpiresAt: later })
      await begin(store, { idleExpiresAt: later + 1, absoluteExpiresAt: later + 1 })
      const insertion = await store.insert(sampleSession({ createdAt: later }), { max: 2, evict: false })
      assert.deepEqual(insertion, { inserted: true, evicted: [] })
      const next = await store.insert(sampleSession({ createdAt: later }), { max: 2, evict: false })
      assert.deepEqual(next, { inserted: false, because: 'full' })
    },
  },
  {
    name: 'counts each subject by itself',
    run: async ([store]) => {
      const others = await beginSeveral(store, 3, { subject: 'bob' })
      const insertion = await store.insert(sampleSession(), { max: 1, evict: true })
      assert.deepEqual(insertion, { inserted: true, evicted: [] })
      assert.deepEqual(await store.list({ subject: 'bob', limit: 10 }), others)
    },
  },
  {
    name: 'evicts nobody for an insertion that it rejects',
    run: async ([store]) => {
      const sessions = await beginSeveral(store, 2)
      const [first] = sessions
      assert.ok(first)
      await assert.rejects(store.insert({ ...first, createdAt: later }, { max: 2, evict: true }))
      assert.deepEqual(await store.list({ subject: 'ada', liveAt: later, limit: 10 }), sessions)
    },
  },
  {
    name: 'refuses who authenticated at or before a sign-out-everywhere, bound or no bound (I10)',
    run: async ([store]) => {
      await store.revokeAll('ada', { at: begun, reason: 'signed_out_everywhere' })
      for (const authTime of [0, begun - second, begun]) {
        for (const createdAt of [authTime, later]) {
          const late = sampleSession({ authTime, createdAt })
          assert.deepEqual(await store.insert(late, roomy), { inserted: false, because: 'revoked' })
          assert.equal(await store.find(late.sid), null)
        }
      }
      await begin(store, { authTime: begun + 1 })
      await begin(store, { authTime: begun, subject: 'bob' })
    },
  },
  {
    name: 'never moves that instant back',
    run: async ([store]) => {
      await store.revokeAll('ada', { at: later, reason: 'signed_out_everywhere' })
      await store.revokeAll('ada', { at: begun, reason: 'signed_out_everywhere' })
      const insertion = await store.insert(sampleSession({ createdAt: later }), roomy)
      assert.deepEqual(insertion, { inserted: false, because: 'revoked' })
    },
  },
  {
    name: 'evicts nobody for a newcomer that a sign-out-everywhere keeps out',
    run: async ([store]) => {
      await store.revokeAll('ada', { at: begun, reason: 'signed_out_everywhere' })
      const kept = await begin(store, { createdAt: later })
      const insertion = await store.insert(sampleSession({ createdAt: begun }), { max: 1, evict: true })
      assert.deepEqual(insertion, { inserted: false, because: 'revoked' })
      assert.deepEqual(await store.find(kept.sid), kept)
    },
  },
]
