// What strangers can do to an account, and what they cannot: many addresses against one account, one address against many
// accounts, and who is known where.

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  guess,
  limits,
  owner,
  password,
  retryAfter,
  second,
  throttledApp,
  type ThrottledApp,
} from './throttle-world.ts'

const home = '198.51.100.7'
const wrong = { password: 'wrong' }

/** Wrong passwords for the owner's account from very many addresses, one each. */
async function attack(app: ThrottledApp, addresses: number, from = 0): Promise<number[]> {
  const statuses: number[] = []
  for (let index = from; index < from + addresses; index += 1) {
    statuses.push((await app.signIn({ ...wrong, from: `203.${index >> 8}.${index & 255}.9` })).status)
  }
  return statuses
}

describe('one account, many addresses', () => {
  it('has to wait after some wrong tries, wherever they came from (TE-10)', async () => {
    const app = await throttledApp()
    const statuses = await attack(app, 20)
    expect(statuses.filter((status) => status === 401)).toHaveLength(limits.accountTries + 1)
    expect(statuses.slice(limits.accountTries + 1)).toEqual(Array.from({ length: 14 }, () => 429))
  })

  it('never keeps its owner out where he has signed in before, however long strangers try', async () => {
    const app = await throttledApp()
    expect((await app.signIn({ from: home })).status).toBe(200)
    for (let hour = 0; hour < 5; hour += 1) {
      await attack(app, 30, hour * 30)
      expect((await app.signIn({ from: home })).status).toBe(200)
      app.advance(3600 * second)
    }
  })

  it('keeps its owner waiting elsewhere for a minute at the most, also after hundreds of guesses', async () => {
    const app = await throttledApp()
    for (let round = 0; round < 12; round += 1) {
      await attack(app, 10, 10 * round)
      app.advance(60 * second)
    }
    await attack(app, 10, 1000)
    const refused = await app.signIn({ from: home })
    expect([refused.status, retryAfter(refused)]).toEqual([429, 60])
    app.advance(60 * second)
    expect((await app.signIn({ from: home })).status).toBe(200)
  })

  it('gives no address every turn: who knocks at a waiting account has to wait himself', async () => {
    const app = await throttledApp()
    await attack(app, limits.accountTries + 6)
    const looked = app.looked()
    for (let elapsed = 0; elapsed < 600; elapsed += 1) {
      await app.signIn({ ...wrong, from: '192.0.2.66' })
      app.advance(second)
    }
    expect(app.looked() - looked).toBeLessThanOrEqual(10)
    expect((await app.signIn({ ...wrong, from: '192.0.2.66' })).status).toBe(429)
    expect((await app.signIn({ from: home })).status).toBe(200)
  })

  it('knows an address for some time only', async () => {
    const app = await throttledApp({ throttle: { ...limits, knownAddressSeconds: 60 } })
    await app.signIn({ from: home })
    app.advance(60 * second)
    await attack(app, 20)
    expect((await app.signIn({ from: home })).status).toBe(429)
  })

  it('holds the waits of the pair also where the owner is known', async () => {
    const app = await throttledApp()
    await app.signIn({ from: home })
    await guess(app, limits.pairTries + 1, { from: home })
    expect((await app.signIn({ from: home })).status).toBe(429)
  })
})

describe('one address, many accounts', () => {
  it('has to wait after some wrong tries, whatever the accounts, and nobody else has to', async () => {
    const app = await throttledApp()
    const statuses: number[] = []
    for (let index = 0; index < 12; index += 1) {
      statuses.push((await app.signIn({ ...wrong, username: `user ${index}` })).status)
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(limits.addressTries + 1)
    expect((await app.signIn({ username: 'somebody else' })).status).toBe(429)
    expect((await app.signIn({ username: 'somebody else', from: home })).status).toBe(200)
  })

  it('does not keep those out who have signed in from there before', async () => {
    const app = await throttledApp()
    await app.signIn({ from: home })
    for (let index = 0; index < 12; index += 1) {
      await app.signIn({ ...wrong, username: `user ${index}`, from: home })
    }
    expect((await app.signIn({ username: 'newcomer', from: home })).status).toBe(429)
    expect((await app.signIn({ from: home })).status).toBe(200)
  })

  it('counts 64 bits of IPv6 as one address, and IPv4 within IPv6 as IPv4', async () => {
    const app = await throttledApp()
    const spell = async (from: string): Promise<number> => (await app.signIn({ ...wrong, from })).status
    for (const from of ['2001:db8:0:1::1', '2001:db8:0:1:ffff::', '2001:DB8::1:0:0:0:9', '2001:db8:0:1::a']) {
      expect(await spell(from)).toBe(401)
    }
    expect(await spell('2001:db8:0:1:dead:beef::')).toBe(429)
    expect(await spell('2001:db8:0:2::1')).toBe(401)
  })

  it('believes no address that an untrusted hop has written (attack 33, SE-16)', async () => {
    const app = await throttledApp({ proxies: 0 })
    const statuses: number[] = []
    for (let index = 0; index < 6; index += 1) {
      statuses.push((await app.signIn({ ...wrong, from: `203.0.113.${index}` })).status)
    }
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429])
    const behind = await throttledApp({ proxies: 1 })
    for (let index = 0; index < 4; index += 1) {
      await behind.signIn({ ...wrong, from: `203.0.113.${index}, 192.0.2.1` })
    }
    expect((await behind.signIn({ from: '203.0.113.99, 192.0.2.1' })).status).toBe(429)
  })

  it('counts what comes with no address under the proxy that says so', async () => {
    const app = await throttledApp()
    for (const from of ['unknown', '', 'for=_hidden', '999.1.1.1']) await app.signIn({ ...wrong, from })
    expect((await app.signIn({ from: 'anything else' })).status).toBe(429)
  })
})

it('tells of every wrong try, and keeps no name and no address in counters or events (SE-15, PR-1, I4)', async () => {
  const app = await throttledApp()
  await attack(app, 10)
  await app.signIn({ from: home })
  await guess(app, 6, { from: '2001:db8::1' })
  const written = JSON.stringify([...app.keys, ...app.heard])
  for (const secret of [`"${owner}`, password, 'wrong', '203.0.1.9', home, '2001:db8::1', '2001:db8:0:0']) {
    expect(written).not.toContain(secret)
  }
  expect(app.keys.size).toBeGreaterThan(10)
  expect(app.heard.find(({ name }) => name === 'sign_in_refused')?.event).toMatchObject({
    account: createHash('sha256').update(owner).digest('base64url'),
    subject: null,
    origin: { place: '203.0.0.0' },
  })
  expect(app.heard.find(({ name }) => name === 'throttled')?.event).toMatchObject({ what: 'sign_in', sessionId: null })
})
