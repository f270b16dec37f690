// Lists are bounded, in the order of their sids, and can be continued.

import assert from 'node:assert/strict'
import type { Session } from '../../core/session.ts'
import type { ListQuery, Store } from '../../core/store.ts'
import { sampleSession } from '../sample-session.ts'
import { begin, beginSeveral, begun, second, sids, sortedSids, type Case } from './case.ts'

async function walk(store: Store, query: Omit<ListQuery, 'after'>): Promise<Session[][]> {
  const pages: Session[][] = []
  for (let after: string | undefined; ;) {
    const page = await store.list({ ...query, ...(after === undefined ? {} : { after }) })
    if (page.length === 0) return pages
    pages.push([...page])
    after = page.at(-1)?.sid
  }
}

export const paging: readonly Case[] = [
  {
    name: "lists a subject's rows by ascending sid, in whatever order they came",
    run: async ([store]) => {
      const sessions: Session[] = []
      for (const age of [3, 1, 4, 2, 0]) sessions.push(await begin(store, { createdAt: begun - age }))
      await begin(store, { subject: 'bob' })
      assert.deepEqual(sids(await store.list({ subject: 'ada', limit: 10 })), sortedSids(sessions))
    },
  },
  {
    name: 'lists nothing of a subject without sessions',
    run: async ([store]) => {
      await begin(store)
      assert.deepEqual(await store.list({ subject: 'nobody', limit: 10 }), [])
    },
  },
  {
    name: 'lists at most as many as asked for, and continues after a sid, each row once (I7)',
    run: async ([store]) => {
      const mine = await beginSeveral(store, 7)
      await beginSeveral(store, 4, { subject: 'bob' })
      const pages = await walk(store, { subject: 'ada', limit: 3 })
      assert.deepEqual(
        pages.map((page) => page.length),
        [3, 3, 1],
      )
      assert.deepEqual(sids(pages.flat()), sids(mine))
    },
  },
  {
    name: 'continues after a sid that it does not have',
    run: async ([store]) => {
      await begin(store)
      const { sid } = sampleSession()
      const next = await begin(store)
      assert.deepEqual(await store.list({ subject: 'ada', after: sid, limit: 10 }), [next])
    },
  },
  {
    name: 'lists, where it is asked to, only what is live at an instant',
    run: async ([store]) => {
      const at = begun + second
      const [live, revoked] = await beginSeveral(store, 2)
      assert.ok(live && revoked)
      await store.revoke(revoked.sid, { at: begun, reason: 'signed_out' })
      await begin(store, { idleExpiresAt: at })
      await begin(store, { absoluteExpiresAt: at })
      const last = await begin(store, { createdAt: at, idleExpiresAt: at + 1, absoluteExpiresAt: at + 1 })
      assert.deepEqual(await store.list({ subject: 'ada', liveAt: at, limit: 10 }), [live, last])
      assert.equal((await store.list({ subject: 'ada', limit: 10 })).length, 5)
    },
  },
  {
    name: 'fills a page with live rows, however many dead ones lie between',
    run: async ([store]) => {
      const sessions = await beginSeveral(store, 6)
      const dead = sessions.filter((_, index) => index % 2 === 0)
      for (const { sid } of dead) await store.revoke(sid, { at: begun, reason: 'signed_out' })
      const live = sessions.filter((session) => !dead.includes(session))
      assert.deepEqual(await store.list({ subject: 'ada', liveAt: begun, limit: 2 }), live.slice(0, 2))
      assert.deepEqual(
        await store.list({ subject: 'ada', liveAt: begun, limit: 2, after: live[1]?.sid ?? '' }),
        live.slice(2),
      )
    },
  },
]
