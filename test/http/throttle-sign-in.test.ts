// How often a password may be tried: from one address at one account, and how that ends. ASVS 6.3, TE-10.

import { describe, expect, it } from 'vitest'
import type { Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { withVerbs } from '../helpers/engine.ts'
import { guess, limits, owner, retryAfter, said, second, throttledApp } from './throttle-world.ts'

const wrong = { password: 'wrong' }

/** Counters that are read before a try is counted. */
const reads = 4

/** A store whose counters answer nobody before this many ask: then all have read before anybody writes. */
function slowly(together: number): Store {
  const real = memoryStore()
  const waiting: (() => void)[] = []
  const gather = async (): Promise<void> => {
    const gathered = new Promise<void>((resolve) => waiting.push(resolve))
    if (waiting.length === together) for (const go of waiting) go()
    if (waiting.length <= together) await gathered
  }
  return withVerbs(real, { mark: async (mark, signal) => gather().then(() => real.mark(mark, signal)) })
}

describe('sign-in from one address to one account', () => {
  it('is free for some wrong tries, then has waits that double, up to a bound (TE-10)', async () => {
    const app = await throttledApp({ throttle: { ...limits, addressTries: 1000, pairWaitSeconds: 10 } })
    // Three free ones, and one that closes the gate behind it.
    expect(await guess(app, limits.pairTries + 1)).toEqual([])
    expect(await guess(app, 6)).toEqual([1, 2, 4, 8, 10, 10])
  })

  it('answers 429 with Retry-After, and does not look at the password meanwhile (TE-10)', async () => {
    const app = await throttledApp()
    await guess(app, 4)
    const looked = app.looked()
    const answer = await app.signIn({})
    expect([answer.status, answer.text]).toEqual([429, '{"error":"Too Many Requests"}'])
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(app.looked()).toBe(looked)
    app.advance(second)
    expect((await app.signIn({})).status).toBe(200)
  })

  it('lets through exactly as many of a hundred guesses at once as one after the other (attack 42)', async () => {
    const app = await throttledApp({ store: slowly(reads * 100) })
    const answers = await Promise.all(Array.from({ length: 100 }, () => app.signIn(wrong)))
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(limits.pairTries + 1)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(100 - limits.pairTries - 1)
    expect(app.looked()).toBe(limits.pairTries + 1)
  })

  it('counts only what was looked at, also where many come at once: what is left to the address is left', async () => {
    const app = await throttledApp({ store: slowly(reads * 100) })
    await Promise.all(Array.from({ length: 100 }, () => app.signIn(wrong)))
    const others = limits.addressTries - app.looked()
    expect(others).toBeGreaterThan(0)
    for (let index = 0; index < others; index += 1) {
      expect((await app.signIn({ ...wrong, username: `user ${index}` })).status).toBe(401)
    }
  })

  it('is not made to wait longer by knocking meanwhile', async () => {
    const app = await throttledApp()
    await guess(app, 4)
    for (let knock = 0; knock < 50; knock += 1) expect(retryAfter(await app.signIn(wrong))).toBe(1)
    app.advance(second)
    expect((await app.signIn(wrong)).status).toBe(401)
    expect(retryAfter(await app.signIn(wrong))).toBe(2)
  })

  it('forgives all wrong tries of the pair after a right one', async () => {
    const app = await throttledApp({ throttle: { ...limits, addressTries: 1000, accountTries: 1000 } })
    for (let round = 0; round < 4; round += 1) {
      expect(await guess(app, limits.pairTries)).toEqual([])
      expect((await app.signIn({})).status).toBe(200)
    }
  })

  it('never counts right ones, however many', async () => {
    const app = await throttledApp()
    for (let round = 0; round < 20; round += 1) {
      expect((await app.signIn({ username: `user ${round}` })).status).toBe(200)
      expect((await app.signIn({})).status).toBe(200)
    }
  })

  it('forgets wrong tries after some time', async () => {
    const app = await throttledApp({ throttle: { ...limits, forgetSeconds: 60 } })
    await guess(app, limits.pairTries)
    app.advance(60 * second)
    expect(await guess(app, limits.pairTries)).toEqual([])
  })

  it('takes every spelling of a name for the same account', async () => {
    const app = await throttledApp()
    const spellings = ['ada', 'ADA', 'Ada ', 'ａｄａ', 'aDa']
    const statuses: number[] = []
    for (const username of spellings) statuses.push((await app.signIn({ ...wrong, username })).status)
    expect(statuses).toEqual([401, 401, 401, 401, 429])
  })

  it('answers an account that nobody has like one that is there, refusal for refusal (attack 40)', async () => {
    const [known, unknown] = [await throttledApp(), await throttledApp()]
    for (let round = 0; round < 12; round += 1) {
      const one = await known.signIn({ ...wrong, username: owner })
      const other = await unknown.signIn({ ...wrong, username: 'nobody' })
      expect(said(other)).toEqual(said(one))
      if (round % 3 === 2) for (const app of [known, unknown]) app.advance(second)
    }
    expect(unknown.looked()).toBe(known.looked())
  })

  it('is not limited where the application says so, and still told', async () => {
    const app = await throttledApp({ throttle: false })
    for (let round = 0; round < 20; round += 1) expect((await app.signIn(wrong)).status).toBe(401)
    expect(app.heard.map(({ name }) => name)).toEqual(Array.from({ length: 20 }, () => 'sign_in_refused'))
  })
})
