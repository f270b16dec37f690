// What time does to a session on the page: tokens run out, leeways end, servers go away and come back. The mistake it
// prevents: the user is asked to sign in again although nothing has ended, or stays signed in although something has.
// The lifetimes are as short as the rules allow, and every wait looks until it sees, within a bound.

import { describe, expect, vi } from 'vitest'
import { closeStage, openStage, pageTest, Visit, withoutBrowser } from '../helpers/browser.ts'

const accessSeconds = 5
const leewaySeconds = 2
const short = {
  LATCHKEY_ACCESS_SECONDS: String(accessSeconds),
  LATCHKEY_LEEWAY_SECONDS: String(leewaySeconds),
  LATCHKEY_STORE_DEADLINE_SECONDS: '1',
}
const boundMs = (accessSeconds + 10) * 1000

const test = pageTest(short)

describe.skipIf(withoutBrowser)('time on the page', { concurrent: true }, () => {
  test('an access token is renewed before it runs out, in silence: no refusal, no question, nothing pressed', async ({
    visit,
    server,
  }) => {
    await visit.signIn(server.administrator, 'keyed')
    await visit.says('generation', '2', boundMs)
    expect(await visit.lines()).toEqual(['POST /login 200', 'POST /token 200'])
    await visit.says('outcome-access', 'Renewed with a proof of the session key. Generation 1 became 2')
    expect([await visit.text('say-result'), await visit.text('say-refusal')].join()).not.toContain('Renewed')
    await visit.act('call-me', 'access', 'GET /me answered.')
  })

  test('an access token that has run out is renewed by the next call, which asks the user nothing', async ({
    visit,
    server,
  }) => {
    await visit.signIn(server.administrator, 'plain')
    await visit.click('auto-renew')
    await visit.says('life-text', 'Run out.', boundMs)
    await visit.act('call-me', 'access', 'The page renewed on the way, and asked you nothing.')
    expect((await visit.lines()).slice(1)).toEqual(['GET /me 401', 'POST /token 200', 'GET /me 200'])
  })

  test('a plain session ends when an old token comes back after the leeway, and the page says why', async ({
    visit,
    server,
  }) => {
    await visit.signIn(server.administrator, 'plain')
    await visit.click('auto-renew')
    await visit.act('renew', 'access', 'Generation 1 became 2')
    await leewayIsOver()
    await visit.act('replay', 'replay', 'Session ended: the server saw a token twice.')
    await visit.says('session-state', 'session ended')
    await visit.says('session-cause', 'the server saw a token twice')
    expect((await visit.lines()).slice(2)).toEqual(['POST /token 403', 'GET /me 401'])
    await visit.act('renew', 'access', 'Sign in again to start a new session.')
    await visit.signIn(server.administrator, 'plain')
    expect(await visit.generation()).toBe(1)
  })

  test('I3 a server that is away is not a sign-out: the page says so, waits, and goes on by itself', async () => {
    const stage = await openStage(short)
    const { server } = stage
    const visit = await Visit.open(stage.browser, server.url)
    await visit.signIn(server.administrator, 'keyed')
    const states = await watchStates(visit)
    const { port } = new URL(server.url)
    await server.stop()
    await visit.act('call-me', 'access', 'The session goes on')
    await visit.says('session-state', 'server unavailable')
    await visit.says('session-cause', 'no session is lost')
    await visit.act('sign-out', 'sign-out', 'You are not signed out yet: please try again.')
    await server.start({ PORT: port })
    await visit.says('session-state', /^signed in$/, boundMs)
    await visit.act('call-me', 'access', 'GET /me answered.')
    expect(await visit.generation()).toBeGreaterThan(1)
    expect(new Set(await states())).toEqual(new Set(['server unavailable', 'signed in']))
    await visit.leave()
    await closeStage(stage)
  })
})

// The leeway runs on the server's clock, and nothing but a replay, which must come afterwards, shows that it is over.
async function leewayIsOver(): Promise<void> {
  const rotatedAt = Date.now()
  const look = (): void => expect(Date.now() - rotatedAt).toBeGreaterThan(leewaySeconds * 1000)
  await vi.waitFor(look, { timeout: boundMs, interval: 50 })
}

const stateWatcher = `(() => {
  const states = []
  const place = document.querySelector('#session-state')
  new MutationObserver(() => states.push(place.textContent)).observe(place, { childList: true, subtree: true })
  return states
})()`

/** Writes down every state that the page shows from now on, however briefly. */
async function watchStates({ page }: Visit): Promise<() => Promise<string[]>> {
  const seen = await page.evaluateHandle<string[]>(stateWatcher)
  return () => seen.jsonValue()
}
