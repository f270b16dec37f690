// What the throttle rests on: the counters of one node, and the brake over them, on a clock that the test sets.

import { describe, expect, test } from 'vitest'
import { settableClock } from 'latchkey/testing'
import { Brake, waitSeconds } from '../../packages/latchkey/src/express/throttle/brake.ts'
import { createLimiter, take } from '../../packages/latchkey/src/express/throttle/limiter.ts'
import { NodeCounters } from '../../packages/latchkey/src/express/throttle/node-counters.ts'
import { start } from '../helpers/engine.ts'

const opened = (): { clock: ReturnType<typeof settableClock>; counters: NodeCounters } => {
  const clock = settableClock(start)
  return { clock, counters: new NodeCounters({ now: clock.now }) }
}

describe('the counters of one node', () => {
  test('count as those of a store do: from nothing, to the end of the first, never below nothing', async () => {
    const { clock, counters } = opened()
    const one = { key: 'one', add: 1, lifeMs: 1000 }
    expect(await counters.mark({ ...one, add: 0 })).toEqual({ count: 0, expiresAt: start + 1000 })
    expect(await counters.mark(one)).toEqual({ count: 1, expiresAt: start + 1000 })
    clock.advance(999)
    expect(await counters.mark(one)).toEqual({ count: 2, expiresAt: start + 1000 })
    expect(await counters.mark({ ...one, add: -5 })).toEqual({ count: 0, expiresAt: start + 1000 })
    clock.advance(1)
    expect(await counters.mark(one)).toEqual({ count: 1, expiresAt: start + 2000 })
    expect(await counters.mark({ ...one, add: 7, lifeMs: 5, replace: true })).toEqual({
      count: 7,
      expiresAt: start + 1005,
    })
    await counters.unmark('one')
    expect(await counters.mark({ ...one, add: 0 })).toEqual({ count: 0, expiresAt: start + 2000 })
  })

  test('forget what is over while new ones come (I7, attack 42)', async () => {
    const { clock, counters } = opened()
    for (let index = 0; index < 10_000; index += 1) {
      await counters.mark({ key: `key ${index}`, add: 1, lifeMs: 100 })
      clock.advance(1)
    }
    expect(counters.size).toBeLessThanOrEqual(101)
  })

  test('never are more than the bound; what goes is the oldest (I7, attack 42)', async () => {
    const { counters } = opened()
    for (let index = 0; index < 50_010; index += 1) await counters.mark({ key: `key ${index}`, add: 1, lifeMs: 1e6 })
    expect(counters.size).toBe(50_000)
    expect((await counters.mark({ key: 'key 9', add: 0, lifeMs: 1 })).count).toBe(0)
    expect((await counters.mark({ key: 'key 10', add: 0, lifeMs: 1 })).count).toBe(1)
    expect((await counters.mark({ key: 'key 50009', add: 0, lifeMs: 1 })).count).toBe(1)
  })
})

describe('a limiter', () => {
  test('gives what there is and then says when there will be more, by the clock that it was given', async () => {
    const { clock, counters } = opened()
    const limiter = createLimiter(counters, { name: 'test', points: 2, seconds: 10 })
    expect([await take(limiter, 'a'), await take(limiter, 'a'), await take(limiter, 'b')]).toEqual([0, 0, 0])
    clock.advance(4000)
    expect([await take(limiter, 'a'), await take(limiter, 'b')]).toEqual([6000, 0])
    clock.advance(6000)
    expect(await take(limiter, 'a')).toBe(0)
  })

  test('says of an outage what it is', async () => {
    const away = { now: () => start, mark: () => Promise.reject(new Error('away')), unmark: async () => undefined }
    const limiter = createLimiter(away, { name: 'test', points: 2, seconds: 10 })
    await expect(take(limiter, 'a')).rejects.toThrow('away')
    await expect(limiter.get('a')).rejects.toThrow('away')
  })
})

describe('a brake', () => {
  test('doubles its waits up to the longest, and never beyond numbers', () => {
    expect([1, 2, 3, 4, 5].map((over) => waitSeconds(over, 10))).toEqual([1, 2, 4, 8, 10])
    expect(waitSeconds(1e6, 900)).toBe(900)
  })

  test('lets exactly one through behind the free ones, however many come at once', async () => {
    const { clock, counters } = opened()
    const brake = new Brake(counters, { name: 'test', tries: 2, longestSeconds: 60, forgetSeconds: 600 })
    const first = await Promise.all(Array.from({ length: 50 }, () => brake.enter('a')))
    expect(first.filter(({ waitMs }) => waitMs === 0)).toHaveLength(3)
    const closedMs = await brake.closedMs('a')
    expect(closedMs).toBeGreaterThan(0)
    clock.advance(closedMs)
    const second = await Promise.all(Array.from({ length: 50 }, () => brake.enter('a')))
    expect(second.filter(({ waitMs }) => waitMs === 0)).toHaveLength(1)
    // Four were let through, and only they count.
    clock.advance(await brake.closedMs('a'))
    await brake.enter('a')
    expect(await brake.closedMs('a')).toBe(4000)
  })

  test('opens again for whoever was right, and stays shut where he was not the one who shut it', async () => {
    const { counters } = opened()
    const brake = new Brake(counters, { name: 'test', tries: 1, longestSeconds: 60, forgetSeconds: 600 })
    const [free, gated] = [await brake.enter('a'), await brake.enter('a')]
    await free.undo()
    expect(await brake.closedMs('a')).toBe(1000)
    await gated.undo()
    expect(await brake.closedMs('a')).toBe(0)
    expect((await brake.enter('a')).waitMs).toBe(0)
  })
})

describe('a clock that was far ahead for a while, and was set right', () => {
  const year = 365 * 86_400_000

  test('leaves no gate closed for a year behind it: nobody is locked out for good (SE-15, OP-4)', async () => {
    const { clock, counters } = opened()
    const brake = new Brake(counters, { name: 'test', tries: 1, longestSeconds: 60, forgetSeconds: 600 })
    clock.set(start + year)
    for (let count = 0; count < 3; count += 1) await brake.enter('a')
    expect(await brake.closedMs('a')).toBeGreaterThan(0)
    clock.set(start)
    expect(await brake.closedMs('a')).toBe(0)
    // And the tries of then are forgotten: this one is free.
    expect((await brake.enter('a')).waitMs).toBe(0)
    expect(await brake.closedMs('a')).toBe(0)
  })

  test('leaves no session without renewals behind it', async () => {
    const { clock, counters } = opened()
    const limiter = createLimiter(counters, { name: 'test', points: 1, seconds: 60 })
    clock.set(start + year)
    expect([await take(limiter, 'a'), await take(limiter, 'a')]).toEqual([0, 60_000])
    clock.set(start)
    expect(await take(limiter, 'a')).toBe(0)
  })

  test('clocks of two nodes that differ a little open no gate', async () => {
    const { clock, counters } = opened()
    const limiter = createLimiter(counters, { name: 'test', points: 1, seconds: 60 })
    expect(await take(limiter, 'a')).toBe(0)
    clock.set(start - 5000)
    expect(await take(limiter, 'a')).toBe(65_000)
  })
})
