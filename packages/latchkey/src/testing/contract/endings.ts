// The end of a session is said once, and stays said (I10).

import assert from 'node:assert/strict'
import { endReasons } from '../../core/session.ts'
import { sampleSession } from '../sample-session.ts'
import { begin, beginSeveral, begun, ended, roomy, second, sortedSids, type Case } from './case.ts'

const later = begun + second
const everywhere = { at: later, reason: 'signed_out_everywhere' } as const

export const endings: readonly Case[] = [
  ...endReasons.map(
    (reason) =>
      ({
        name: `ends a session once, and keeps its first instant and reason: ${reason}`,
        run: async (openings) => {
          const session = await begin(openings[0])
          const row = ended(session, later, reason)
          assert.deepEqual(await openings[0].revoke(session.sid, { at: later, reason }), row)
          for (const store of openings) {
            assert.equal(await store.revoke(session.sid, { at: begun, reason: 'revoked' }), null)
            assert.deepEqual(await store.find(session.sid), row)
          }
        },
      }) satisfies Case,
  ),
  {
    name: 'ends nothing under a sid that it does not have',
    run: async ([store]) => {
      const session = await begin(store)
      assert.equal(await store.revoke('f'.repeat(32), { at: later, reason: 'revoked' }), null)
      assert.deepEqual(await store.find(session.sid), session)
    },
  },
  {
    name: "ends all of a subject's sessions, and nobody else's",
    run: async ([store]) => {
      const sessions = await beginSeveral(store, 3)
      const other = await begin(store, { subject: 'bob' })
      const rows = await store.revokeAll('ada', everywhere)
      const expected = sessions.map((session) => ended(session, later, 'signed_out_everywhere'))
      assert.deepEqual(sortedSids(rows), sortedSids(expected))
      for (const row of expected) {
        assert.deepEqual(
          rows.find(({ sid }) => sid === row.sid),
          row,
        )
        assert.deepEqual(await store.find(row.sid), row)
      }
      assert.deepEqual(await store.find(other.sid), other)
    },
  },
  {
    name: 'answers a sign-out-everywhere with those alone that it ended',
    run: async ([store]) => {
      const [first, second] = await beginSeveral(store, 2)
      assert.ok(first && second)
      const before = await store.revoke(first.sid, { at: begun, reason: 'reuse' })
      assert.deepEqual(sortedSids(await store.revokeAll('ada', everywhere)), [second.sid])
      assert.deepEqual(await store.find(first.sid), before)
      assert.deepEqual(await store.revokeAll('ada', everywhere), [])
    },
  },
  {
    name: 'answers a sign-out-everywhere of nobody with nothing',
    run: async ([store]) => {
      assert.deepEqual(await store.revokeAll('nobody', everywhere), [])
    },
  },
  {
    name: 'leaves the one session alone that it is told to keep, and refuses no later one',
    run: async ([store]) => {
      const [first, kept, last] = await beginSeveral(store, 3)
      assert.ok(first && kept && last)
      const rows = await store.revokeAll('ada', { ...everywhere, exceptSid: kept.sid })
      assert.deepEqual(sortedSids(rows), sortedSids([first, last]))
      assert.deepEqual(await store.find(kept.sid), kept)
      await begin(store, { createdAt: later })
    },
  },
  {
    name: 'keeps refusing late sessions after an ending of all but one',
    run: async ([store]) => {
      await store.revokeAll('ada', everywhere)
      const kept = await begin(store, { createdAt: later + 1 })
      await store.revokeAll('ada', { at: later + 2, reason: 'signed_out_everywhere', exceptSid: kept.sid })
      const insertion = await store.insert(sampleSession({ createdAt: later }), roomy)
      assert.deepEqual(insertion, { inserted: false, because: 'revoked' })
    },
  },
  {
    name: 'ends sessions that a clock ahead of this one has begun',
    run: async ([store]) => {
      const session = await begin(store, { createdAt: later + second })
      await store.revokeAll('ada', everywhere)
      assert.deepEqual(await store.find(session.sid), ended(session, later, 'signed_out_everywhere'))
    },
  },
]
