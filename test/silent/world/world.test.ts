// The world itself: what the tests of the client rest on must be what it says, or they prove nothing.

import { describe, expect, it } from 'vitest'
import { Browser, TabClock, credentials, hold, html, loseAnswer, problem, reset, withWorld } from './index.ts'
import { fetchOf } from './network.ts'

const tabOf = (browser: Browser) => ({ tab: 1, clock: new TabClock(0), isAlive: () => browser.isOnline })
const pageFetch = (browser: Browser): typeof fetch => fetchOf(browser, tabOf(browser), new URL(browser.url).origin)

const signIn = (browser: Browser): Promise<Response> =>
  pageFetch(browser)(`${browser.url}/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Latchkey-Transport': 'cookie' },
    body: JSON.stringify(credentials),
    credentials: 'include',
  })

const renew = (browser: Browser, signal?: AbortSignal): Promise<Response> =>
  pageFetch(browser)(`${browser.url}/token`, {
    method: 'POST',
    headers: { 'Latchkey-Transport': 'cookie', Accept: 'application/problem+json' },
    credentials: 'include',
    ...(signal && { signal }),
  })

describe('the world of the tests', () => {
  it('keeps cookies as a browser does, and hides from script what script must not see', () =>
    withWorld({}, async ({ browser, server }) => {
      const answer = await signIn(browser)
      expect([answer.status, answer.headers.has('Set-Cookie'), answer.url]).toEqual([200, false, `${server.url}/login`])
      expect([...browser.jar.visible(new URL(server.url)).keys()]).toEqual(['latchkey-session'])
      expect(browser.jar.header(new URL(server.url))).toContain('latchkey=lkr1_')
      expect((await renew(browser)).status).toBe(200)
      expect([server.count('/token'), server.told('renewed')]).toEqual([1, 1])
    }))

  it('loses an answer after the server has committed, and before', () =>
    withWorld({}, async ({ browser, server }) => {
      await signIn(browser)
      server.next('/token', loseAnswer, reset)
      await expect(renew(browser)).rejects.toThrow('fetch failed')
      expect(server.told('renewed')).toBe(1)
      await expect(renew(browser)).rejects.toThrow('fetch failed')
      expect([server.told('renewed'), server.told('reuse')]).toEqual([1, 0])
      expect((await renew(browser)).status).toBe(200)
    }))

  it('answers in the place of the server', () =>
    withWorld({}, async ({ browser, server }) => {
      server.next('/token', html(), problem(403, 'ended'))
      expect((await renew(browser)).headers.get('Content-Type')).toBe('text/html')
      expect(await (await renew(browser)).json()).toMatchObject({ reason: 'ended' })
    }))

  it('keeps an answer waiting, and an aborted request sets its cookies all the same', () =>
    withWorld({}, async ({ browser, server, settle }) => {
      await signIn(browser)
      const before = browser.jar.header(new URL(server.url))
      const held = hold('answer')
      server.next('/token', held)
      const controller = new AbortController()
      const going = renew(browser, controller.signal)
      await held.arrived
      await settle()
      controller.abort()
      await expect(going).rejects.toThrow('aborted')
      expect(browser.jar.header(new URL(server.url))).toBe(before)
      held.release()
      await settle()
      expect(browser.jar.header(new URL(server.url))).not.toBe(before)
    }))

  it('keeps keys that script cannot read out', () =>
    withWorld({}, async ({ browser }) => {
      const name = { name: 'HMAC', hash: 'SHA-256' }
      const key = await crypto.subtle.importKey('raw', new Uint8Array(32), name, false, ['sign'])
      const storage = browser.storage('one')
      await storage.write({ sessionId: 'a', turn: 1, key })
      const kept = await storage.read()
      expect(kept?.key).toMatchObject({ type: 'secret', extractable: false })
      expect(kept?.key).not.toBe(key)
    }))

  it('serves locks in order, gives up on time, and robs nobody', async () => {
    const { locks } = new Browser({ url: 'http://127.0.0.1', now: () => 0 })
    const clock = new TabClock(0)
    const done: number[] = []
    const letGo = locks.occupy()
    const work = (tab: number) => locks.run('a', { tab, clock }, async () => void done.push(tab), 6000)
    const first = work(1)
    clock.advance(3000)
    const second = work(2)
    const firstFails = expect(first).rejects.toMatchObject({ name: 'TimeoutError' })
    clock.advance(3000)
    await firstFails
    letGo()
    await second
    expect(done).toEqual([2])
  })

  it('carries messages to the other tabs alone, and later', async () => {
    const { hub } = new Browser({ url: 'http://127.0.0.1', now: () => 0 })
    const heard: unknown[][] = [[], []]
    const [one] = heard.map((list) => hub.open('a', (message) => list.push(message)))
    one?.postMessage(0)
    expect(heard).toEqual([[], []])
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard).toEqual([[], [0]])
  })

  it('fires timers on the way, in order, and not in a tab that sleeps', () => {
    const clock = new TabClock(1000)
    const fired: number[] = []
    for (const ms of [20, 10]) clock.after(ms, () => fired.push(clock.now()))
    clock.sleep(50)
    expect(fired).toEqual([])
    clock.advance(15)
    expect([fired, clock.waiting]).toEqual([[1060], [5]])
    clock.advanceSilently(10)
    expect(fired).toEqual([1060])
    clock.fireDue()
    expect(fired).toEqual([1060, 1075])
  })
})
