// What a hostile reading found in the core, and what holds since.

import { createLatchkey, type Store, type Watcher } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { settableClock } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { Revocations } from '../../packages/latchkey/src/core/revocations.ts'
import {
  codeOf,
  issuer,
  keys,
  minute,
  openEngine,
  pass,
  plain,
  running,
  second,
  settled,
  start,
  withVerbs,
} from '../helpers/engine.ts'

const bearer = (token: string) => ({ token, transport: 'body' }) as const

/** A store whose next revoke happens, and whose answer is lost. */
function losingOneAnswer(store: Store): Store {
  let lost = false
  return withVerbs(store, {
    async revoke(...given) {
      const row = await store.revoke(...given)
      if (lost) return row
      lost = true
      throw new Error('the connection broke behind the commit')
    },
  })
}

describe('a sign-out whose first answer was lost', () => {
  test('kills the access token on this node once the repeat is acknowledged (I10)', async () => {
    const { latchkey } = await openEngine({ store: losingOneAnswer(memoryStore()) })
    const { accessToken, refreshToken } = await latchkey.signIn(plain)
    expect(await codeOf(latchkey.signOut(bearer(refreshToken)))).toBe('store_unavailable')
    expect(await codeOf(latchkey.signOut(bearer(refreshToken)))).toBe('ok')
    expect(await codeOf(latchkey.verify(accessToken))).toBe('access_ended')
  })

  test('does so also where the session is named by its public id', async () => {
    const { latchkey } = await openEngine({ store: losingOneAnswer(memoryStore()) })
    const { accessToken, session } = await latchkey.signIn(plain)
    expect(await codeOf(latchkey.revoke('ada', session.id))).toBe('store_unavailable')
    await latchkey.revoke('ada', session.id)
    expect(await codeOf(latchkey.verify(accessToken))).toBe('access_ended')
  })

  test('does so also where the whole account is signed out', async () => {
    const store = memoryStore()
    let lost = false
    const { latchkey } = await openEngine({
      store: withVerbs(store, {
        async revokeAll(...given) {
          const rows = await store.revokeAll(...given)
          if (lost) return rows
          lost = true
          throw new Error('the connection broke behind the commit')
        },
      }),
    })
    const { accessToken } = await latchkey.signIn(plain)
    expect(await codeOf(latchkey.revokeAll('ada'))).toBe('store_unavailable')
    expect(await codeOf(latchkey.revokeAll('ada'))).toBe('ok')
    expect(await codeOf(latchkey.verify(accessToken))).toBe('access_ended')
  })
})

test('a revocation that commits after its deadline (a COMMIT that waits for a standby) is found by a later load', async () => {
  const clock = settableClock(start)
  const store = memoryStore()
  let first = true
  const slow = withVerbs(store, {
    async revoke(sid, ending) {
      if (first) {
        first = false
        await new Promise<void>((resolve) => void clock.ports.after(20 * second, resolve))
      }
      return store.revoke(sid, ending)
    },
  })
  // Node B lost its feed for that while, so it asks every second.
  let told: Watcher | undefined
  const silent = withVerbs(store, {
    watch(watcher) {
      told = watcher
      return () => undefined
    },
  })
  const { latchkey: a } = await openEngine({ store: slow }, clock)
  const { latchkey: b } = await openEngine({ store: silent }, clock)
  const { accessToken, refreshToken } = await a.signIn(plain)
  told?.lost()
  const tried = codeOf(a.signOut(bearer(refreshToken)))
  await settled()
  await pass(clock, 21 * second)
  expect(await tried).toBe('store_unavailable')
  // The user tries again, and is told that he is signed out.
  expect(await codeOf(running(clock, second, a.signOut(bearer(refreshToken))))).toBe('ok')
  told?.changed()
  await pass(clock, 2 * minute)
  expect([await codeOf(a.verify(accessToken)), await codeOf(b.verify(accessToken))]).toEqual([
    'access_ended',
    'access_ended',
  ])
})

test.each([0, 1900])('a load reaches back far enough for two clocks that are each %s ms off the store', async (off) => {
  const store = memoryStore()
  const real = settableClock(start)
  const shifted = (ms: number) => ({ ...real.ports, now: () => real.now() + ms })
  const ping = async () => real.now()
  let told: Watcher | undefined
  const slow = withVerbs(store, {
    ping,
    async revoke(sid, ending) {
      await new Promise<void>((resolve) => void real.ports.after(4500, resolve))
      return store.revoke(sid, ending)
    },
  })
  const silent = withVerbs(store, {
    ping,
    watch(watcher) {
      told = watcher
      return () => undefined
    },
  })
  const a = await createLatchkey({ issuer, keys, store: slow }, shifted(-off))
  const b = await createLatchkey({ issuer, keys, store: silent }, shifted(off))
  const { accessToken, refreshToken } = await a.signIn(plain)
  const out = codeOf(a.signOut(bearer(refreshToken)))
  await settled()
  real.advance(4400)
  await settled()
  // Node B's feed begins again just now, and it loads.
  told?.changed()
  await settled()
  real.advance(200)
  await settled()
  expect(await out).toBe('ok')
  for (let round = 0; round < 120; round += 1) {
    real.advance(second)
    await settled()
  }
  expect(await codeOf(b.verify(accessToken))).toBe('access_ended')
})

test('a closed engine asks its store nothing any more, though its clock was wrong at the end', async () => {
  const clock = settableClock(start)
  let pings = 0
  let answer = (_now: number): void => undefined
  let held = false
  const store = withVerbs(memoryStore(), {
    ping: () => {
      pings += 1
      return held ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(clock.now())
    },
  })
  const { latchkey } = await openEngine({ store }, clock)
  held = true
  await pass(clock, 5 * second)
  await latchkey.close()
  answer(clock.now() - 10 * minute)
  await settled()
  held = false
  const before = pings
  await pass(clock, 30 * second)
  expect(pings).toBe(before)
})

test('signIn rejects, and does not throw, while the clock is wrong', async () => {
  const clock = settableClock(start)
  const { latchkey } = await openEngine({ store: withVerbs(memoryStore(), { ping: async () => start }) }, clock)
  await pass(clock, 10 * second)
  let signingIn: Promise<unknown> | undefined
  expect(() => {
    signingIn = latchkey.signIn(plain)
  }).not.toThrow()
  expect(await codeOf(signingIn!)).toBe('store_unavailable')
})

test('one entry from a clock that ran ahead does not keep all later ones in the set of revoked sessions', () => {
  const set = new Revocations(1000)
  set.add({ publicId: 'ahead', revokedAt: start }, start + 365 * 1440 * minute)
  for (let count = 0; count < 500; count += 1) set.add({ publicId: String(count), revokedAt: start }, start + minute)
  set.prune(start + 2 * minute)
  expect(set.size).toBe(1)
})
