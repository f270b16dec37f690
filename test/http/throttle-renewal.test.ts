// How often one session may be renewed: generously, and too often is never its end.

import { describe, expect, it } from 'vitest'
import type { Store } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { ask, renew, signed, type Signed } from '../helpers/requests.ts'
import { password, second, throttledApp, type ThrottledApp } from './throttle-world.ts'

const few = { renewalsPerMinute: 5 }

/** Renews so often, and holds the last tokens. */
async function renewTimes(app: ThrottledApp, tokens: Signed, times: number): Promise<Signed> {
  let held = tokens
  for (let round = 0; round < times; round += 1) held = signed(await renew(app.url, held.refreshToken))
  return held
}

describe('renewal of one session', () => {
  it('is refused with 429 and Retry-After beyond the limit, and goes on afterwards (TE-10)', async () => {
    const app = await throttledApp({ throttle: few })
    const held = await renewTimes(app, signed(await app.signIn({})), 5)
    app.advance(20 * second)
    for (let round = 0; round < 10; round += 1) {
      const refused = await renew(app.url, held.refreshToken)
      expect([refused.status, refused.text]).toEqual([429, '{"error":"Too Many Requests"}'])
      expect(refused.headers.get('retry-after')).toBe('40')
      expect(refused.headers.get('cache-control')).toBe('no-store')
    }
    app.advance(40 * second)
    await renewTimes(app, held, 5)
    expect(app.heard.map(({ name }) => name)).not.toContain('reuse')
  })

  it('tells of the session, and of nobody else', async () => {
    const app = await throttledApp({ throttle: few })
    const held = await renewTimes(app, signed(await app.signIn({})), 5)
    await renew(app.url, held.refreshToken)
    const [session] = await app.latchkey.list('id-of-ada')
    const told = app.heard.find(({ name }) => name === 'throttled')?.event
    expect(told).toMatchObject({
      what: 'renewal',
      sessionId: session?.id,
      account: null,
      origin: { place: '127.0.0.0' },
    })
  })

  it('concerns no other session', async () => {
    const app = await throttledApp({ throttle: few })
    const [one, other] = [signed(await app.signIn({})), signed(await app.signIn({}))]
    const held = await renewTimes(app, one, 5)
    expect((await renew(app.url, held.refreshToken)).status).toBe(429)
    await renewTimes(app, other, 5)
  })

  it('never stands in the way of what is asked with an access token, or of signing out (attack 36)', async () => {
    const app = await throttledApp({ throttle: few })
    const held = await renewTimes(app, signed(await app.signIn({})), 5)
    expect((await renew(app.url, held.refreshToken)).status).toBe(429)
    expect((await ask(app.url, 'GET /me', { bearer: held.accessToken })).status).toBe(200)
    expect((await ask(app.url, 'POST /logout', { body: { refreshToken: held.refreshToken } })).status).toBe(204)
    expect((await ask(app.url, 'GET /me', { bearer: held.accessToken })).status).toBe(401)
    expect((await renew(app.url, held.refreshToken)).status).toBe(429)
    app.advance(60 * second)
    expect((await renew(app.url, held.refreshToken)).status).toBe(403)
  })

  it('counts authentic tokens alone: strangers cannot use up a session’s renewals (attack 42)', async () => {
    const app = await throttledApp({ throttle: few })
    const tokens = signed(await app.signIn({}))
    const forged = tokens.refreshToken.slice(0, -4) + (tokens.refreshToken.endsWith('AAAA') ? 'BBBB' : 'AAAA')
    for (let round = 0; round < 20; round += 1) expect((await renew(app.url, forged)).status).toBe(403)
    await renewTimes(app, tokens, 5)
  })

  it('takes one call to the store, counted or not', async () => {
    const calls: string[] = []
    const real = memoryStore()
    const store = new Proxy(real, {
      get(target, name: keyof Store) {
        const verb: unknown = target[name]
        if (typeof verb !== 'function') return verb
        return (...given: unknown[]): unknown => {
          calls.push(name)
          return (verb as (...all: unknown[]) => unknown).apply(target, given)
        }
      },
    })
    const app = await throttledApp({ throttle: { renewalsPerMinute: 60 }, store })
    const tokens = signed(await app.signIn({ password }))
    calls.length = 0
    const held = await renewTimes(app, tokens, 60)
    expect(calls).toEqual(Array.from({ length: 60 }, () => 'advance'))
    expect((await renew(app.url, held.refreshToken)).status).toBe(429)
    expect(calls).toHaveLength(60)
  })
})
