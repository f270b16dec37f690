import { describe, expect, test } from 'vitest'
import { second, start } from '../helpers/engine.ts'
import { entry, policy, startFeed } from '../helpers/feed.ts'

describe('a store that tells what was revoked', () => {
  test('is believed at once, without a load', async () => {
    const { feed, tell, loads } = await startFeed()
    tell()?.revoked([entry('a', start), entry('b', start - 1)])
    expect(['a', 'b', 'c'].map((id) => feed.judge(id, start))).toEqual(['revoked', 'revoked', 'live'])
    expect(loads).toHaveLength(1)
  })

  test('is believed for as long as access tokens live, also where the clock of the node that revoked is slow (I10)', async () => {
    const { feed, tell, clock, loads } = await startFeed()
    tell()?.revoked([entry('a', start - 600 * second)])
    clock.advance(30 * second)
    await loads[1]!.answer([])
    while (clock.now() < start + policy.revocationLifeMs - 30 * second) {
      clock.advance(30 * second)
      await loads.at(-1)!.answer([])
    }
    expect(feed.judge('a', clock.now())).toBe('revoked')
  })

  test('is asked every second while it tells nothing, until it tells again', async () => {
    const { tell, clock, loads } = await startFeed()
    tell()?.lost()
    tell()?.lost()
    for (let count = 1; count <= 3; count += 1) {
      clock.advance(second)
      expect(loads).toHaveLength(1 + count)
      await loads.at(-1)!.answer([])
    }
    tell()?.changed()
    expect(loads).toHaveLength(5)
    await loads.at(-1)!.answer([])
    clock.advance(5 * second)
    expect(loads).toHaveLength(5)
  })
})

describe('knowledge that has become too old', () => {
  const ageMs = policy.maxFeedAgeMs

  test('is not gone by: what is not known to be revoked is unknown', async () => {
    const { feed } = await startFeed([entry('a', start)])
    expect(['a', 'b'].map((id) => feed.judge(id, start + ageMs))).toEqual(['revoked', 'live'])
    expect(['a', 'b'].map((id) => feed.judge(id, start + ageMs + 1))).toEqual(['revoked', 'unknown'])
  })

  test('is gone by for ever where the application says so', async () => {
    const { feed } = await startFeed([], { ...policy, whenFeedLost: 'serve' })
    expect(feed.judge('b', start + 100 * ageMs)).toBe('live')
  })

  test('is good again after the next load', async () => {
    const { feed, clock, change, loads } = await startFeed()
    clock.set(start + 2 * ageMs)
    change()
    await loads[1]!.answer([])
    // The load that was due on the way.
    await loads.at(-1)!.answer([])
    expect(feed.judge('b', clock.now())).toBe('live')
  })
})
