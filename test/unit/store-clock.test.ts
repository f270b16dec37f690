import { keptKeys } from 'latchkey/kept-keys'
import { memoryStore } from 'latchkey/memory'
import { settableClock } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { asking, codeOf, day, openEngine, pass, plain, proved, second, start, withVerbs } from '../helpers/engine.ts'

/** A node on a store whose clock the test sets apart from the node's own. */
async function apart(aheadMs = 0) {
  const clock = settableClock(start)
  const gap = { ms: aheadMs }
  const ping = async (): Promise<number> => clock.now() - gap.ms
  const engine = await openEngine({ store: withVerbs(memoryStore(), { ping }) }, clock)
  return { ...engine, gap }
}

describe("a node and its store's clock", () => {
  test.each([-2000, -1, 0, 2000])('agree where the node is %i ms ahead', async (ms) => {
    const { latchkey } = await apart(ms)
    expect((await latchkey.readiness()).ready).toBe(true)
    expect(await codeOf(latchkey.signIn(plain))).toBe('ok')
  })

  test.each([-60_000, -2001, 2001, 300_000])(
    'do not agree where it is %i ms ahead: everything is 503 (I3, OP-4)',
    async (ms) => {
      const { latchkey, gap, clock } = await apart()
      const signed = await latchkey.signIn(plain)
      await latchkey.verify(signed.accessToken)
      gap.ms = ms
      await pass(clock, 5 * second)
      const acts = [
        () => latchkey.verify(signed.accessToken),
        () => latchkey.seen(signed.accessToken),
        () => latchkey.refresh(asking(signed)),
        () => latchkey.signIn(plain),
        () => latchkey.signOut({ token: signed.refreshToken, transport: 'body' }),
        () => latchkey.revokeAll('ada'),
      ]
      for (const act of acts) expect(await codeOf(async () => act())).toBe('store_unavailable')
      const { ready, detail } = await latchkey.readiness()
      expect([ready, detail]).toEqual([
        false,
        expect.stringContaining(`${Math.abs(ms)} ms ${ms > 0 ? 'ahead' : 'behind'}`),
      ])
    },
  )

  test.each([-600_000, -2001, 10_000, 3_600_000])(
    'do not agree from the very moment that the clock is set by %i ms, whoever asks first (I3)',
    async (ms) => {
      const { latchkey, gap, clock } = await apart()
      const signed = await latchkey.signIn(proved)
      await latchkey.verify(signed.accessToken)
      gap.ms = ms
      clock.set(clock.now() + ms)
      expect(await codeOf(latchkey.refresh(asking(signed)))).toBe('store_unavailable')
      expect(await codeOf(() => latchkey.seen(signed.accessToken))).toBe('store_unavailable')
      expect(await codeOf(() => latchkey.now())).toBe('store_unavailable')
      gap.ms = 0
      clock.set(clock.now() - ms)
      expect((await latchkey.readiness()).ready).toBe(true)
      expect(await codeOf(latchkey.refresh(asking(signed)))).toBe('ok')
    },
  )

  test('agree again as soon as they were compared, where the process had only slept', async () => {
    const { latchkey, clock } = await apart()
    const signed = await latchkey.signIn(proved)
    clock.set(clock.now() + 60 * second)
    expect(await codeOf(latchkey.refresh(asking(signed)))).toBe('store_unavailable')
    await pass(clock, second)
    expect(await codeOf(latchkey.refresh(asking(signed)))).toBe('ok')
  })

  test('are not compared by an answer during which the clock was set', async () => {
    const clock = settableClock(start)
    let jump = 0
    const ping = async (): Promise<number> => {
      const told = clock.now()
      clock.set(told + jump)
      return told
    }
    const { latchkey } = await openEngine({ store: withVerbs(memoryStore(), { ping }) }, clock)
    jump = 4000
    const { ready, detail } = await latchkey.readiness()
    expect([ready, detail]).toEqual([false, expect.stringContaining('took too long')])
  })

  test('agree again a second after the clock was set right, and nobody was signed out', async () => {
    const { latchkey, gap, clock } = await apart()
    const signed = await latchkey.signIn(plain)
    gap.ms = 10_000
    await pass(clock, 5 * second)
    gap.ms = 0
    await pass(clock, second)
    expect(await codeOf(latchkey.verify(signed.accessToken))).toBe('ok')
    expect(await codeOf(latchkey.refresh(asking(signed)))).toBe('ok')
  })

  test('are not compared where the store has none of its own', async () => {
    const { latchkey } = await openEngine()
    expect((await latchkey.readiness()).ready).toBe(true)
  })

  test('are given the time that the answer took', async () => {
    const clock = settableClock(start)
    const ping = async (): Promise<number> => {
      const told = clock.now() + 1500
      clock.set(clock.now() + 1900)
      return told
    }
    const { latchkey } = await openEngine({ store: withVerbs(memoryStore(), { ping }) }, clock)
    expect((await latchkey.readiness()).ready).toBe(true)
  })

  test.each([-60_000, 60_000])('that are %i ms apart do not start together', async (ms) => {
    expect(await codeOf(apart(ms))).toBe('store_unavailable')
  })

  test('make and drop no key where they do not agree', async () => {
    const clock = settableClock(start)
    let told: number | undefined
    const store = withVerbs(memoryStore(), { ping: async () => told ?? clock.now() })
    const { latchkey } = await openEngine({ store, keys: keptKeys({ secrets: ['x'.repeat(32)] }) }, clock)
    await latchkey.rotateKeys({ signing: true, refresh: true })
    const before = latchkey.keys().map(({ kid }) => kid)
    told = clock.now()
    await pass(clock, 10 * second)
    clock.set(clock.now() + 500 * day)
    await pass(clock, 40 * second)
    expect(await codeOf(latchkey.rotateKeys({ signing: true, refresh: true }))).toBe('store_unavailable')
    expect(latchkey.keys().map(({ kid }) => kid)).toEqual(before)
    expect((await store.readKeys())?.version).toBe(2)
  })
})
