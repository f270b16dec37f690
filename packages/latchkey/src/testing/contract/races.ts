// Real races, through all openings at once.

import assert from 'node:assert/strict'
import { sampleSession } from '../sample-session.ts'
import { begin, beginSeveral, begun, ended, race, second, stepOf, stepped, turn, type Case } from './case.ts'

const rounds = 10
const everywhere = { at: begun + second, reason: 'signed_out_everywhere' } as const

export const races: readonly Case[] = [
  {
    name: 'lets exactly one of fifty swaps at once win, at every generation (I2)',
    run: async (openings) => {
      let session = await begin(openings[0])
      for (let round = 0; round < rounds; round += 1) {
        const steps = Array.from({ length: 50 }, (_, index) => stepOf(session, { idleExpiresAt: begun * 2 + index }))
        const answers = await Promise.all(steps.map((step, index) => turn(openings, index).advance(step)))
        const winners = answers.flatMap((row, index) => (row === null ? [] : [index]))
        assert.equal(winners.length, 1)
        const step = steps[winners[0] ?? 0]
        assert.ok(step)
        session = stepped(session, step)
        for (const store of openings) assert.deepEqual(await store.find(session.sid), session)
      }
    },
  },
  {
    name: 'shows a reader each step whole',
    run: async (openings) => {
      const session = await begin(openings[0])
      const writes = async (): Promise<void> => {
        for (let to = 2; to < 100; to += 1) {
          const step = stepOf(session, { from: to - 1, to, at: begun + to, idleExpiresAt: begun * 2 + to })
          assert.notEqual(await turn(openings, to).advance(step), null)
        }
      }
      const reads = race(openings, 100, async (store) => {
        const row = await store.find(session.sid)
        const to = row?.generation ?? 0
        const whole =
          to === 1 ? session : stepped(session, stepOf(session, { to, at: begun + to, idleExpiresAt: begun * 2 + to }))
        assert.deepEqual(row, whole)
      })
      await Promise.all([writes(), reads])
    },
  },
  {
    name: 'keeps ended what is ended and swapped at once (I10)',
    run: async (openings) => {
      for (const session of await beginSeveral(openings[0], rounds)) {
        const ending = { at: session.createdAt + second, reason: 'signed_out' } as const
        const step = stepOf(session)
        const [[swapped], revoked] = await Promise.all([
          race(openings, 4, (store) => store.advance(step)).then((rows) => rows.filter((row) => row !== null)),
          turn(openings, 1).revoke(session.sid, ending),
        ])
        const row = ended(swapped === undefined ? session : stepped(session, step), ending.at, 'signed_out')
        assert.deepEqual(revoked, row)
        assert.equal(await openings[0].advance(stepOf(row)), null)
        for (const store of openings) assert.deepEqual(await store.find(session.sid), row)
      }
    },
  },
  {
    name: 'keeps ended what is ended everywhere and swapped at once (I10)',
    run: async (openings) => {
      const sessions = await beginSeveral(openings[0], 20)
      const swaps = sessions.map((session, index) => turn(openings, index).advance(stepOf(session)))
      const [rows] = await Promise.all([turn(openings, 1).revokeAll('ada', everywhere), ...swaps])
      assert.equal(rows.length, sessions.length)
      for (const store of openings) {
        assert.deepEqual(await store.list({ subject: 'ada', liveAt: begun, limit: 100 }), [])
      }
    },
  },
  {
    name: 'lets no session survive that is begun while its subject is signed out everywhere (I10)',
    run: async (openings) => {
      for (let round = 0; round < rounds; round += 1) {
        const subject = `subject ${round}`
        const inserted = race(openings, 8, (store, index) =>
          store.insert(sampleSession({ subject, authTime: everywhere.at - (index % 2) }), { max: 100, evict: true }),
        )
        await Promise.all([inserted, turn(openings, round).revokeAll(subject, everywhere)])
        assert.deepEqual(await openings[0].list({ subject, liveAt: everywhere.at, limit: 100 }), [])
      }
    },
  },
  {
    name: 'never has more live sessions than the bound, however many begin at once (I7)',
    run: async (openings) => {
      const insertions = await race(openings, 30, (store, index) =>
        store.insert(sampleSession({ createdAt: begun + index }), { max: 5, evict: true }),
      )
      const evicted = insertions.flatMap((insertion) => (insertion.inserted ? insertion.evicted : []))
      assert.equal(new Set(evicted.map(({ sid }) => sid)).size, evicted.length)
      assert.equal(evicted.length, 25)
      assert.equal((await openings[0].list({ subject: 'ada', liveAt: begun + 30, limit: 100 })).length, 5)
    },
  },
  {
    name: 'takes in exactly as many as the bound allows, where it may not evict (I7)',
    run: async (openings) => {
      const insertions = await race(openings, 30, (store) => store.insert(sampleSession(), { max: 5, evict: false }))
      assert.equal(insertions.filter(({ inserted }) => inserted).length, 5)
      assert.equal((await openings[0].list({ subject: 'ada', limit: 100 })).length, 5)
    },
  },
  {
    name: 'tells exactly one of many who end a session at once that he ended it',
    run: async (openings) => {
      const { sid } = await begin(openings[0])
      const rows = await race(openings, 20, (store, index) =>
        store.revoke(sid, { at: begun + index, reason: 'signed_out' }),
      )
      const [row, ...others] = rows.filter((row) => row !== null)
      assert.deepEqual(others, [])
      assert.deepEqual(await openings[0].find(sid), row)
    },
  },
  {
    name: 'tells of each session once where its subject is signed out everywhere at once',
    run: async (openings) => {
      const sessions = await beginSeveral(openings[0], 10)
      const rows = (await race(openings, 6, (store) => store.revokeAll('ada', everywhere))).flat()
      assert.deepEqual(
        rows.map(({ sid }) => sid).sort(),
        sessions.map(({ sid }) => sid),
      )
    },
  },
]
