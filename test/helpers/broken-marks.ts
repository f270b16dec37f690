// Stores whose counters break the contract, and the case that has to find it out.

import type { Broken, BrokenStore } from './broken-writes.ts'
import { settled } from './engine.ts'

const anewFrom = /begins anew from the end on/

/** Counters that another key's counts are put to. */
const underKey =
  (keyOf: (key: string) => string): Broken =>
  (real) => ({
    mark: async ({ key, ...mark }, signal) => real.mark({ ...mark, key: keyOf(key) }, signal),
    unmark: async (key, signal) => real.unmark(keyOf(key), signal),
  })

export const brokenMarks: readonly BrokenStore[] = [
  [
    'looks at a counter first and counts later',
    (real) => ({
      mark: async (mark, signal) => {
        signal?.throwIfAborted()
        const { count, expiresAt } = await real.mark({ ...mark, add: 0, replace: false })
        if (mark.add === 0) return real.mark(mark)
        await settled()
        return real.mark({ ...mark, add: mark.add + (mark.replace ? 0 : count), expiresAt, replace: true })
      },
    }),
    /exactly fifty of fifty marks/,
  ],
  [
    'looks whether a counter is over first and begins it anew later',
    (real) => ({
      mark: async (mark, signal) => {
        signal?.throwIfAborted()
        const { count } = await real.mark({ ...mark, add: 0, replace: false })
        // Only the beginning of a counter is not atomic, and only where there was one before.
        if (count > 0 || mark.replace || mark.add === 0 || mark.at <= 1_700_000_000_000) return real.mark(mark)
        await settled()
        return real.mark({ ...mark, replace: true })
      },
    }),
    /begin a counter anew at once/,
  ],
  [
    'moves the end of a counter that is alive',
    (real) => ({
      mark: async (mark, signal) => {
        const { count } = await real.mark(mark, signal)
        return mark.add === 0 ? real.mark(mark) : real.mark({ ...mark, add: count, replace: true })
      },
    }),
    /keeps the end of the first/,
  ],
  [
    'begins anew too early',
    (real) => ({ mark: async (mark, signal) => real.mark({ ...mark, at: mark.at + 1 }, signal) }),
    anewFrom,
  ],
  [
    'begins anew too late',
    (real) => ({ mark: async (mark, signal) => real.mark({ ...mark, at: mark.at - 1 }, signal) }),
    anewFrom,
  ],
  [
    'counts below nothing',
    (real) => {
      const owed = new Map<string, number>()
      return {
        mark: async (mark, signal) => {
          if (mark.replace) owed.delete(mark.key)
          const before = (await real.mark({ ...mark, add: 0, replace: false }, signal)).count
          if (before + mark.add < 0) owed.set(mark.key, -before - mark.add)
          const { count, expiresAt } = await real.mark(mark)
          return { count: count - (owed.get(mark.key) ?? 0), expiresAt }
        },
      }
    },
    /never below nothing/,
  ],
  [
    'writes what it should read',
    (real) => ({
      mark: async (mark, signal) =>
        mark.add === 0 && (await real.mark(mark, signal)).count === 0
          ? real.mark({ ...mark, replace: true }, signal)
          : real.mark(mark, signal),
    }),
    /without writing one/,
  ],
  [
    'never replaces',
    (real) => ({ mark: async (mark, signal) => real.mark({ ...mark, replace: false }, signal) }),
    /replaces whatever/,
  ],
  [
    'never forgets',
    (real) => ({ unmark: async (_key, signal) => void (await real.ping(signal)) }),
    /forgets a counter/,
  ],
  ['folds the case of keys', underKey((key) => key.toLowerCase()), /tells counters apart/],
  ['trims keys', underKey((key) => key.trim()), /tells counters apart/],
  ['cuts keys', underKey((key) => key.slice(0, 199)), /tells counters apart/],
  [
    'drops what is alive to make room',
    (real) => {
      const known: string[] = []
      return {
        mark: async (mark, signal) => {
          const dropped = known.length > 16 ? known.shift() : undefined
          if (dropped !== undefined) await real.unmark(dropped)
          known.push(mark.key)
          return real.mark(mark, signal)
        },
      }
    },
    /counters that are alive/,
  ],
]
