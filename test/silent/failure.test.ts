// What is no word of our server's ends no session: whatever a network, a proxy, a captive portal, an overloaded server
// or somebody else's API may answer. The session is kept, the state says so, and nothing is lost once it is over.

import { describe, expect, it } from 'vitest'
import {
  answer,
  failure,
  hold,
  html,
  json,
  problem,
  reset,
  signedIn,
  stall,
  withWorld,
  type Fault,
  type TabOptions,
} from './world/index.ts'

const reasons = ['expired', 'ended', 'reuse', 'invalid', 'unproved', 'missing']
const ours = 'application/problem+json'
const text = (status: number, body: string, type: string): Fault => answer(status, body, { 'Content-Type': type })
const of = (statuses: readonly number[], make: (status: number) => Fault): [string, Fault][] =>
  statuses.map((status) => [String(status), make(status)])
const named = (what: string, list: readonly [string, Fault][]): [string, Fault][] =>
  list.map(([name, fault]) => [`${what} ${name}`, fault])

const serverErrors = [500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 521, 522, 524, 529, 530, 598, 599]

const faults: readonly [string, Fault][] = [
  ['a broken connection', reset],
  ['an empty 200', answer(200)],
  ['a 200 of HTML', html()],
  ...named('no content and', of([204, 205], answer)),
  ...named('HTML and', of([400, 401, 403, 404, 407, 429, 451, 500, 502, 503, 511], html)),
  ...named('nothing and', of([400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 418, 421, 425, 429, 431], answer)),
  ...named('nothing and', of(serverErrors, answer)),
  ...named(
    'a redirect,',
    of([300, 301, 302, 303, 304, 307, 308], (status) => answer(status, '', { Location: '/portal' })),
  ),
  ['a redirect without an end', answer(307, '', { Location: '/token' })],
  ...named(
    'JSON cut short and',
    of([200, 400, 401, 403, 500], (status) => text(status, '{"reason":"end', ours)),
  ),
  ...['null', '[]', '"ended"', '1', '{}'].map((body): [string, Fault] => [`a 403 of ${body}`, text(403, body, ours)]),
  ...['null', '[]', '{}', '{"accessToken":1,"expiresIn":600}', '{"accessToken":"","expiresIn":600}'].map(
    (body): [string, Fault] => [`a 200 of ${body}`, text(200, body, 'application/json')],
  ),
  ...named(
    'JSON of somebody else that says',
    of([400, 401, 403], (status) => json(status, { reason: 'ended' })),
  ),
  ...reasons.map((reason): [string, Fault] => [`plain JSON with ${reason}`, json(403, { error: 'Forbidden', reason })]),
  ...reasons.map((reason): [string, Fault] => [
    `a problem of another type with ${reason}`,
    text(403, JSON.stringify({ type: `https://other.example/${reason}`, status: 403, reason }), ours),
  ]),
  ['a problem without a type', text(403, JSON.stringify({ status: 403, reason: 'ended' }), ours)],
  ['a text that looks like a problem', text(403, JSON.stringify({ reason: 'ended' }), 'text/plain')],
  ...named(
    'our word for an end, but',
    of([200, 404, 407, 408, 429, 500, 503], (status) => problem(status, 'ended')),
  ),
  ['our own 503', problem(503, 'unavailable', { 'Retry-After': 1 })],
  ['our own 429', problem(429, 'locked', { 'Retry-After': 1 })],
  ['our own refusal of the origin', problem(403, 'origin')],
  ['our own malformed', problem(400, 'malformed')],
  ['a nonce that is never right', problem(401, 'nonce', { 'Latchkey-Nonce': 'AAAA' })],
  ...['something_new', 'constructor', 'toString', '__proto__', ''].map((reason): [string, Fault] => [
    `a word that we do not know, "${reason}"`,
    problem(403, reason),
  ]),
]

const codes = ['RefreshUnavailable', 'Timeout', 'Offline']

async function survives(fault: Fault, options: TabOptions = {}): Promise<void> {
  await withWorld({}, async (world) => {
    const tab = await signedIn(world, options)
    const { sessionId } = tab.client.state
    tab.isVisible = false
    await world.advance(600_000)
    world.server.always('/portal', html())
    const mend = world.server.always('/token', fault)
    const got = [await failure(tab.client.getAccessToken()), await failure(tab.client.fetch('/me'))]
    expect(got.filter((code) => typeof code !== 'string' || !codes.includes(code))).toEqual([])
    expect(tab.client.state).toEqual({ status: 'authenticated', degraded: true, sessionId, subject: 'id-of-ada' })
    expect(world.browser.count('/token')).toBeLessThanOrEqual(3)
    mend()
    await world.advance(120_000)
    expect((await tab.client.fetch('/me')).status).toBe(200)
    expect(tab.client.state).toEqual({ status: 'authenticated', degraded: false, sessionId, subject: 'id-of-ada' })
    expect([tab.toldOf('ended'), world.server.told('signed_in'), world.server.told('reuse')]).toEqual([[], 1, 0])
  })
}

describe('the session is kept, and goes on afterwards, when its renewal meets', () => {
  it.each(faults)('%s (C31)', (_name, fault) => survives(fault))

  it('an answer that never comes (C31)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const held = hold()
      const mend = world.server.always('/token', held)
      const waiting = failure(tab.client.getAccessToken())
      await held.arrived
      await world.advance(8001)
      expect([await waiting, tab.client.state.status, tab.client.state.degraded]).toEqual([
        'Timeout',
        'authenticated',
        true,
      ])
      mend()
      held.drop()
      await world.advance(120_000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      expect([tab.toldOf('ended'), world.server.told('reuse')]).toEqual([[], 0])
    }))

  it.each([200, 403, 503])('an answer (%i) that begins and never ends (C31)', (status) =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      world.server.next('/token', stall(status))
      const waiting = failure(tab.client.getAccessToken())
      await world.settle()
      await world.advance(8001)
      expect(codes).toContain(await waiting)
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: true })
      await world.advance(120_000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
    }),
  )

  it.each(['AbortError', 'NetworkError', 'SecurityError'])('%s of the browser (C31)', (name) =>
    withWorld({}, async (world) => {
      let isBroken = false
      const fetchOrFail: typeof fetch = (input, init) =>
        isBroken ? Promise.reject(new DOMException('No.', name)) : world.browser.fetchOfPage(input, init)
      const tab = await signedIn(world, { fetch: fetchOrFail })
      isBroken = true
      await world.advance(600_000)
      expect(codes).toContain(await failure(tab.client.getAccessToken()))
      expect(tab.client.state).toMatchObject({ status: 'authenticated', degraded: true })
      isBroken = false
      await world.advance(120_000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
    }),
  )

  it.each(faults.slice(0, 12))('%s, on a page that was just opened (C31)', (_name, fault) =>
    withWorld({}, async (world) => {
      ;(await signedIn(world)).kill()
      await world.advance(600_000)
      const tab = world.browser.openTab()
      world.server.always('/portal', html())
      const mend = world.server.always('/token', fault)
      expect(await tab.client.restore()).toMatchObject({ status: 'unknown', degraded: true })
      mend()
      await world.advance(120_000)
      expect(await tab.client.restore()).toMatchObject({ status: 'authenticated', degraded: false })
    }),
  )
})
