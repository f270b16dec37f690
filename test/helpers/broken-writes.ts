// Stores whose swap or insert breaks the contract, and the case that has to find it out.

import type { Session, Step, Store } from 'latchkey'
import { settled } from './engine.ts'

const roomy = { max: 1e9, evict: false }

/** What a store does wrongly in place of what the real one does. */
export type Broken = (real: Store) => Partial<Store>

/** What it does, what it does wrongly, and the case that says so. */
export type BrokenStore = readonly [does: string, breaking: Broken, found: RegExp]

/** The row before a step, with whatever the step should have been checked against taken from it. */
const blindTo =
  (forgive: (row: Session, step: Step) => Partial<Step>): Broken =>
  (real) => ({
    advance: async (step, signal) => {
      signal?.throwIfAborted()
      const row = await real.find(step.sid)
      return row === null ? null : real.advance({ ...step, ...forgive(row, step) })
    },
  })

export const brokenWrites: readonly BrokenStore[] = [
  ['swaps from any generation', blindTo((row) => ({ from: row.generation })), /does not swap from a generation/],
  [
    'looks first and swaps later',
    (real) => ({
      advance: async (step) => {
        const row = await real.find(step.sid)
        await settled()
        if (row?.generation !== step.from) return null
        return real.advance({ ...step, from: (await real.find(step.sid))!.generation })
      },
    }),
    /exactly one of fifty swaps/,
  ],
  ['swaps for any client', blindTo((row) => ({ client: row.client })), /another client/],
  ['swaps with any thumbprint', blindTo((row) => ({ thumbprint: row.thumbprint })), /thumbprint/],
  [
    'swaps what is over',
    blindTo((row, { at }) => ({ at: Math.min(at, row.idleExpiresAt - 1, row.absoluteExpiresAt - 1) })),
    /end of the idle life/,
  ],
  [
    'swaps what was ended',
    (real) => ({
      advance: async (step) => {
        const row = await real.find(step.sid)
        return (
          (await real.advance(step)) ??
          (row === null || row.revokedAt === null ? null : { ...row, generation: step.to })
        )
      },
    }),
    /does not swap what was ended/,
  ],
  [
    'answers a swap with the row before it',
    (real) => ({
      advance: async (...given) => {
        const row = await real.find(given[0].sid)
        return (await real.advance(...given)) === null ? null : row
      },
    }),
    /moves the generation/,
  ],
  [
    'knows no bound',
    (real) => ({ insert: async (session, _bound, signal) => real.insert(session, roomy, signal) }),
    /oldest live session/,
  ],
  [
    'counts first and inserts later',
    (real) => ({
      insert: async (session, { max, evict }, signal) => {
        const live = await real.list({ subject: session.subject, liveAt: session.createdAt, limit: 1000 })
        await settled()
        return live.length >= max ? real.insert(session, { max, evict }, signal) : real.insert(session, roomy, signal)
      },
    }),
    /however many begin at once|exactly as many as the bound/,
  ],
  [
    'always evicts',
    (real) => ({ insert: async (session, { max }, signal) => real.insert(session, { max, evict: true }, signal) }),
    /refuses a newcomer/,
  ],
  [
    'evicts the newest',
    (real) => ({
      insert: async (session, { max, evict }, signal) => {
        const live = await real.list({ subject: session.subject, liveAt: session.createdAt, limit: 1000 })
        const newest = live.at(-1)
        if (!evict || live.length < max || newest === undefined) return real.insert(session, { max, evict }, signal)
        const row = await real.revoke(newest.sid, { at: session.createdAt, reason: 'evicted' })
        await real.insert(session, roomy, signal)
        return { inserted: true, evicted: [row!] }
      },
    }),
    /oldest live session/,
  ],
  [
    'takes a sid twice',
    (real) => ({
      insert: async (...given) =>
        (await real.find(given[0].sid)) === null ? real.insert(...given) : { inserted: true, evicted: [] },
    }),
    /rejects a sid that exists/,
  ],
]
