import { describe, expect, test } from 'vitest'
import { codeOf, second, settled, start } from '../helpers/engine.ts'
import { entry, openFeed, policy, startFeed } from '../helpers/feed.ts'

describe('the revocation feed', () => {
  test('watches first and loads then, so that nothing falls between', () => {
    const { feed, log } = openFeed()
    void feed.start()
    expect(log).toEqual(['watch', 'load'])
  })

  test('is not started before its first load has come', async () => {
    const { feed, loads } = openFeed()
    let ready = false
    const starting = feed.start().then(() => (ready = true))
    await settled()
    expect([ready, feed.age(start)]).toEqual([false, Number.POSITIVE_INFINITY])
    await loads[0]!.answer([])
    await starting
    expect(feed.age(start)).toBe(0)
  })

  test('loads at first all that an access token can outlive', async () => {
    const { loads } = await startFeed()
    expect(loads[0]).toMatchObject({ since: start - policy.revocationLifeMs, limit: policy.maxRevocations + 1 })
  })

  test('knows what it has loaded, and what this node has revoked itself (I10)', async () => {
    const { feed } = await startFeed([entry('a', start - 1)])
    feed.note(entry('b', start))
    expect(['a', 'b', 'c'].map((id) => feed.judge(id, start))).toEqual(['revoked', 'revoked', 'live'])
  })

  test('loads again every 30 seconds, and knows what came', async () => {
    const { feed, clock, loads } = await startFeed()
    clock.advance(30 * second - 1)
    expect(loads).toHaveLength(1)
    clock.advance(1)
    expect(loads).toHaveLength(2)
    await loads[1]!.answer([entry('a', clock.now())])
    expect(feed.judge('a', clock.now())).toBe('revoked')
    clock.advance(30 * second)
    expect(loads).toHaveLength(3)
  })

  test('reaches back in full every 30 seconds: nothing bounds how late a commit can be', async () => {
    const { clock, loads } = await startFeed()
    clock.advance(30 * second)
    expect(loads[1]!.since).toBe(clock.now() - policy.revocationLifeMs)
    await loads[1]!.fail()
    clock.advance(30 * second)
    expect(loads[2]!.since).toBe(clock.now() - policy.revocationLifeMs)
  })

  test('reaches back over a deadline and two clocks where something has changed meanwhile, and again after a failure', async () => {
    const { clock, loads, change } = await startFeed()
    const late = policy.storeDeadlineMs + 2 * policy.clockToleranceMs
    clock.advance(second)
    change()
    expect(loads[1]!.since).toBe(start - late)
    await loads[1]!.fail()
    change()
    expect(loads[2]!.since).toBe(start - late)
    await loads[2]!.answer([])
    change()
    expect(loads[3]!.since).toBe(start + second - late)
  })

  test('reaches back in full where nothing was told for a while, until such a load has come', async () => {
    const { clock, loads, tell } = await startFeed()
    tell()?.lost()
    clock.advance(second)
    expect(loads[1]!.since).toBe(clock.now() - policy.revocationLifeMs)
    await loads[1]!.fail()
    tell()?.changed()
    expect(loads[2]!.since).toBe(clock.now() - policy.revocationLifeMs)
  })

  test('catches up when it is asked to, with a load that begins then', async () => {
    const { feed, loads, change } = await startFeed()
    change()
    const caughtUp = feed.catchUp()
    await loads[1]!.answer([])
    await loads[2]!.answer([entry('a', start)])
    await caughtUp
    expect(feed.judge('a', start)).toBe('revoked')
  })

  test('never reaches back further than an access token can live', async () => {
    const { clock, loads } = await startFeed()
    for (let round = 1; round < 30; round += 1) {
      clock.advance(30 * second)
      await loads[round]!.fail()
    }
    clock.advance(30 * second)
    expect(loads.at(-1)!.since).toBe(clock.now() - policy.revocationLifeMs)
  })

  test('reaches back in full when its clock has gone ahead and come back, for it no longer knows how old it is', async () => {
    const { clock, loads, change } = await startFeed()
    clock.set(start + 3600 * second)
    await loads.at(-1)!.answer([])
    change()
    await loads.at(-1)!.answer([])
    clock.set(start + 30 * second)
    change()
    expect(loads.at(-1)!.since).toBe(clock.now() - policy.revocationLifeMs)
  })

  test('loads as soon as the store says that something may have changed', async () => {
    const { feed, loads, change } = await startFeed()
    change()
    expect(loads).toHaveLength(2)
    await loads[1]!.answer([entry('a', start)])
    expect(feed.judge('a', start)).toBe('revoked')
  })

  test('makes one load of all that is said during a load, and that one is made', async () => {
    const { loads, change } = await startFeed()
    for (let times = 0; times < 5; times += 1) change()
    expect(loads).toHaveLength(2)
    await loads[1]!.answer([])
    expect(loads).toHaveLength(3)
    await loads[2]!.answer([])
    expect(loads).toHaveLength(3)
  })

  test('makes that load also when the one before it fails', async () => {
    const { loads, change } = await startFeed()
    change()
    change()
    await loads[1]!.fail()
    expect(loads).toHaveLength(3)
  })

  test('gets older while its loads fail, forgets nothing, and is young again with the next (I3)', async () => {
    const { feed, clock, loads } = await startFeed([entry('a', start)])
    clock.advance(30 * second)
    await loads[1]!.fail()
    expect([feed.age(clock.now()), feed.judge('a', clock.now())]).toEqual([30_000, 'revoked'])
    clock.advance(30 * second)
    await loads[2]!.answer([])
    expect(feed.age(clock.now())).toBe(0)
  })

  test('counts its age from the beginning of a load, not from its answer', async () => {
    const { feed, clock, loads } = await startFeed()
    clock.advance(30 * second)
    clock.advance(4 * second)
    await loads[1]!.answer([])
    expect(feed.age(clock.now())).toBe(4000)
  })

  test('gives a load up at the deadline of the store, and goes on', async () => {
    const { feed, clock, loads } = await startFeed()
    clock.advance(30 * second)
    clock.advance(policy.storeDeadlineMs)
    await settled()
    expect(feed.age(clock.now())).toBe(35_000)
    clock.advance(30 * second)
    expect(loads).toHaveLength(3)
  })

  test('keeps an entry until no access token of its session can be alive, and no longer', async () => {
    const { feed, clock, loads } = await startFeed([entry('a', start)])
    const end = start + policy.revocationLifeMs
    clock.set(end - 1)
    await settled()
    await loads.at(-1)!.answer([])
    expect(feed.judge('a', clock.now())).toBe('revoked')
    while (clock.now() < end) clock.advance(30 * second)
    await settled()
    await loads.at(-1)!.answer([])
    expect(feed.judge('a', clock.now())).toBe('live')
  })

  test('calls what it does not hold unknown where the store has more than fit, until the last is over (I7)', async () => {
    const { feed, clock, loads } = await startFeed(['d', 'c', 'b', 'a'].map((id, index) => entry(id, start - index)))
    expect(['a', 'b', 'c', 'd', 'e'].map((id) => feed.judge(id, start))).toEqual([
      'revoked',
      'revoked',
      'revoked',
      'unknown',
      'unknown',
    ])
    clock.set(start + policy.revocationLifeMs)
    await settled()
    clock.advance(30 * second)
    await loads.at(-1)!.answer([])
    expect(feed.judge('e', clock.now())).toBe('live')
  })

  test('is ready to take a full load after all of an earlier one is over', async () => {
    const { feed, clock, loads } = await startFeed(
      ['c', 'b', 'a'].map((id) => entry(id, start - policy.revocationLifeMs + 1000)),
    )
    clock.advance(30 * second)
    await loads[1]!.answer(['f', 'e', 'd'].map((id) => entry(id, clock.now())))
    expect(['d', 'e', 'f', 'g'].map((id) => feed.judge(id, clock.now()))).toEqual([
      'revoked',
      'revoked',
      'revoked',
      'live',
    ])
  })
})

describe('a feed that has been stopped', () => {
  test('neither watches nor waits', async () => {
    const { feed, isWatched, timers } = await startFeed()
    feed.stop()
    expect([isWatched(), timers()]).toEqual([false, 0])
  })

  test('does not wait again when it is stopped during a load', async () => {
    const { feed, clock, loads, timers } = await startFeed()
    clock.advance(30 * second)
    feed.stop()
    await loads[1]!.answer([])
    expect(timers()).toBe(0)
    clock.advance(120 * second)
    expect(loads).toHaveLength(2)
  })

  test('does not load once more for what was said during its last load', async () => {
    const { feed, loads, change } = await startFeed()
    change()
    change()
    feed.stop()
    await loads[1]!.answer([])
    expect(loads).toHaveLength(2)
  })

  test('does not go on watching where its first load fails', async () => {
    const { feed, loads, isWatched, timers } = openFeed()
    const starting = codeOf(feed.start())
    await loads[0]!.fail()
    expect(await starting).toBe('store_unavailable')
    expect([isWatched(), timers()]).toEqual([false, 0])
  })
})
