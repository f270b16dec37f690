// Outages around the throttle: 503 and nothing else, and afterwards everything stands as if nobody had tried (I3).

import { describe, expect, it } from 'vitest'
import { LatchkeyError, type Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { withVerbs } from '../helpers/engine.ts'
import { limits, said, second, throttledApp } from './throttle-world.ts'

const wrong = { password: 'wrong' }

interface Control {
  readonly store: Store
  fails: (key: string, add: number) => boolean
}

/** A store whose counters fail where the test says so, by the name of the counter and what is added. */
function failing(): Control {
  const real = memoryStore()
  const control: Control = {
    fails: () => false,
    store: withVerbs(real, {
      mark: async (mark, signal) => {
        if (control.fails(mark.key, mark.add)) throw new Error('the store is away')
        return real.mark(mark, signal)
      },
      unmark: async (key, signal) => {
        if (control.fails(key, 0)) throw new Error('the store is away')
        return real.unmark(key, signal)
      },
    }),
  }
  return control
}

describe('an outage of the counters', () => {
  it('is 503 with Retry-After, nothing is looked at, and nobody is locked out afterwards (I3)', async () => {
    const control = failing()
    const app = await throttledApp({ store: control.store })
    control.fails = () => true
    for (let round = 0; round < 20; round += 1) {
      const answer = await app.signIn({})
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    }
    expect(app.looked()).toBe(0)
    control.fails = () => false
    expect((await app.signIn({})).status).toBe(200)
  })

  it('of one of them leaves nothing counted at the others', async () => {
    for (const name of ['pair', 'address', 'account']) {
      const control = failing()
      const app = await throttledApp({ store: control.store })
      control.fails = (key, add) => key.startsWith(`t:${name}:n:`) && add === 1
      for (let round = 0; round < 20; round += 1) expect((await app.signIn(wrong)).status).toBe(503)
      control.fails = () => false
      for (let round = 0; round < limits.pairTries + 1; round += 1) expect((await app.signIn(wrong)).status).toBe(401)
    }
  })

  it('at a gate leaves the try uncounted', async () => {
    const control = failing()
    const app = await throttledApp({ store: control.store })
    for (let round = 0; round < limits.pairTries; round += 1) await app.signIn(wrong)
    control.fails = (key, add) => key.startsWith('t:pair:g:') && add === 1
    for (let round = 0; round < 20; round += 1) expect((await app.signIn(wrong)).status).toBe(503)
    control.fails = () => false
    expect((await app.signIn(wrong)).status).toBe(401)
    app.advance(second)
    expect((await app.signIn({})).status).toBe(200)
  })

  it('after the password was found right does not keep its owner out', async () => {
    const control = failing()
    const app = await throttledApp({ store: control.store })
    // Reading and counting work; forgiving, taking back and remembering the address do not.
    const isNoting = (key: string, add: number): boolean =>
      add < 0 || (add === 0 && key.includes(':n:')) || (add === 1 && key.startsWith('t:known'))
    control.fails = isNoting
    expect((await app.signIn({})).status).toBe(200)
  })
})

it('counts no try whose password nobody could look at (I3)', async () => {
  let away = true
  const app = await throttledApp({
    before: () => {
      if (away) throw new Error('the users are away')
    },
  })
  for (let round = 0; round < 20; round += 1) expect((await app.signIn(wrong)).status).toBe(500)
  away = false
  for (let round = 0; round < limits.pairTries + 1; round += 1) expect((await app.signIn(wrong)).status).toBe(401)
  expect(said(await app.signIn(wrong))[0]).toBe(429)
})

it('counts a try that the application refuses by throwing', async () => {
  const app = await throttledApp({
    before: () => {
      throw new LatchkeyError('credentials_refused')
    },
  })
  for (let round = 0; round < limits.pairTries + 1; round += 1) expect((await app.signIn(wrong)).status).toBe(401)
  expect((await app.signIn(wrong)).status).toBe(429)
  expect(app.heard.map(({ name }) => name)).toContain('sign_in_refused')
})

describe('a store that is slow', () => {
  it('is asked for so many sign-ins at once and no more: renewals ask it too, and must not wait behind (I7, attack 42)', async () => {
    const slow = Promise.withResolvers<void>()
    const real = memoryStore()
    let asked = 0
    const store = withVerbs(real, {
      mark: async (mark, signal) => {
        asked += 1
        await slow.promise
        return real.mark(mark, signal)
      },
    })
    const app = await throttledApp({ store, throttle: { accountTries: 1000, pairTries: 100 } })
    const tries = Array.from({ length: 300 }, (_, each) =>
      app.signIn({ ...wrong, from: `203.0.${each >> 8}.${each & 255}` }),
    )
    const told: number[] = []
    const statuses = tries.map(async (answer) => told.push((await answer).status))
    // They are told at once; the others wait for the store.
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(Array.from({ length: 300 - 256 }, () => 503))
    slow.resolve()
    await Promise.all(statuses)
    expect(told.slice(300 - 256)).toEqual(Array.from({ length: 256 }, () => 401))
    expect(asked).toBeGreaterThan(256)
    expect((await app.signIn({})).status).toBe(200)
  })
})
