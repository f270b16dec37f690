// Ready, and closed.

import assert from 'node:assert/strict'
import type { Store } from '../../core/store.ts'
import { sampleSession } from '../sample-session.ts'
import { begin, begun, race, roomy, second, stepOf, watching, type Case } from './case.ts'

const ending = { at: begun, reason: 'revoked' } as const

const verbs: readonly ((store: Store) => Promise<unknown>)[] = [
  (store) => store.identify({ environment: Buffer.alloc(16).toString('base64url'), keys: new Map() }),
  (store) => store.insert(sampleSession(), roomy),
  (store) => store.find('0'.repeat(32)),
  (store) => store.findPublic('ada', 'A'.repeat(22)),
  (store) => store.advance(stepOf(sampleSession())),
  (store) => store.list({ subject: 'ada', limit: 1 }),
  (store) => store.revoke('0'.repeat(32), ending),
  (store) => store.revokeAll('ada', ending),
  (store) => store.sweep({ before: begun, limit: 1 }),
  (store) => store.revokedSince(0, 1),
  (store) => store.readKeys(),
  (store) => store.writeKeys('sealed', 0),
  (store) => store.mark({ key: 'late', add: 1, at: begun, expiresAt: begun + second, replace: false }),
  (store) => store.unmark('late'),
  (store) => store.ping(),
]

export const lifecycle: readonly Case[] = [
  {
    name: 'says that it can serve, and what time it is where it has a clock of its own',
    run: async (openings) => {
      for (const store of openings) {
        const clock = await store.ping()
        assert.ok(clock === null || Math.abs(clock - Date.now()) < 60 * second)
      }
    },
  },
  {
    name: 'finishes what was accepted before it closes',
    run: async (openings) => {
      const [store] = openings
      const accepted = race([store], 20, (opening) => opening.insert(sampleSession(), roomy))
      await store.close()
      for (const { inserted } of await accepted) assert.ok(inserted)
    },
  },
  {
    name: 'rejects or does no harm when it is closed, and is closed twice as well as once',
    run: async ([store]) => {
      await begin(store)
      const stop = store.watch(watching(() => undefined))
      await store.close()
      await store.close()
      stop()
      for (const verb of verbs) await verb(store).catch(() => undefined)
    },
  },
  {
    name: 'serves through one opening when another is closed',
    run: async (openings) => {
      const [first, ...others] = openings
      const session = await begin(first)
      for (const store of new Set(others.filter((other) => other !== first))) await store.close()
      assert.deepEqual(await first.find(session.sid), session)
      assert.notEqual(await first.advance(stepOf(session)), null)
    },
  },
]
