// Who gives up before the work has begun is told so, and nothing has happened.

import assert from 'node:assert/strict'
import type { Session } from '../../core/session.ts'
import type { Store } from '../../core/store.ts'
import { sampleSession } from '../sample-session.ts'
import { begin, begun, roomy, second, stepOf, type Case } from './case.ts'

const later = begun + second

const kept = { key: 'kept', add: 1, at: begun, expiresAt: later, replace: false }

type Verb = (store: Store, session: Session, signal: AbortSignal) => Promise<unknown>

const verbs: Readonly<Record<string, Verb>> = {
  insert: (store, _session, signal) =>
    store.insert(sampleSession({ createdAt: later }), { max: 1, evict: true }, signal),
  find: (store, { sid }, signal) => store.find(sid, signal),
  findPublic: (store, { subject, publicId }, signal) => store.findPublic(subject, publicId, signal),
  advance: (store, session, signal) => store.advance(stepOf(session), signal),
  list: (store, _session, signal) => store.list({ subject: 'ada', limit: 10 }, signal),
  revoke: (store, { sid }, signal) => store.revoke(sid, { at: later, reason: 'revoked' }, signal),
  revokeAll: (store, { subject }, signal) => store.revokeAll(subject, { at: later, reason: 'revoked' }, signal),
  sweep: (store, _session, signal) => store.sweep({ before: begun * 2, limit: 10 }, signal),
  revokedSince: (store, _session, signal) => store.revokedSince(0, 10, signal),
  readKeys: (store, _session, signal) => store.readKeys(signal),
  writeKeys: (store, _session, signal) => store.writeKeys('sealed', 0, signal),
  mark: (store, _session, signal) => store.mark(kept, signal),
  unmark: (store, _session, signal) => store.unmark(kept.key, signal),
  ping: (store, _session, signal) => store.ping(signal),
}

export const signals: readonly Case[] = [
  ...Object.entries(verbs).map(
    ([name, verb]) =>
      ({
        name: `rejects ${name} with an aborted signal, and has done nothing`,
        run: async ([store]) => {
          const session = await begin(store)
          await store.mark(kept)
          await assert.rejects(verb(store, session, AbortSignal.abort()))
          assert.deepEqual(await store.mark({ ...kept, add: 0 }), { count: 1, expiresAt: later })
          assert.deepEqual(await store.list({ subject: 'ada', limit: 10 }), [session])
          assert.equal(await store.readKeys(), null)
          // Nor does a sign-out-everywhere keep later sessions out.
          assert.ok((await store.insert(sampleSession(), roomy)).inserted)
        },
      }) satisfies Case,
  ),
  ...Object.entries(verbs).map(
    ([name, verb]) =>
      ({
        name: `does ${name} with a signal that nobody aborts`,
        run: async ([store]) => {
          const session = await begin(store)
          await assert.doesNotReject(verb(store, session, new AbortController().signal))
        },
      }) satisfies Case,
  ),
]
