// What an application is told, and when: changes of who is signed in, and not of tokens; after everything is settled, so
// that a listener may do whatever it likes.

import { describe, expect, it, vi } from 'vitest'
import { askAll, firstOf, passes, signedInTab, signedInTabs } from './tabs-begin.ts'
import { answer, credentials, html, withWorld, type Tab } from './world/index.ts'

const lifeMs = 600_000

const names = (tab: Tab, from = 0): string[] => tab.told.slice(from).map(({ name }) => name)

/** Runs a test while the console is silent, and gives it what was written. */
async function withConsole(run: (written: () => unknown[][]) => Promise<void>): Promise<void> {
  const spies = (['error', 'warn', 'log', 'info', 'debug'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation(() => undefined),
  )
  try {
    await run(() => spies.flatMap(({ mock }) => mock.calls))
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

describe('change and refreshed', () => {
  it('tell of a sign-in once, and of each new token once, as what it is (C47)', () =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab()
      await tab.client.signIn(credentials)
      await world.settle()
      expect(tab.toldOf('change')).toEqual([tab.client.state])
      const from = tab.told.length
      for (let life = 1; life <= 3; life += 1) {
        passes(world, lifeMs)
        await askAll([tab])
        await world.settle()
      }
      expect(names(tab, from)).toEqual(['refreshed', 'refreshed', 'refreshed'])
      const { sessionId } = tab.client.state
      expect(tab.toldOf('refreshed').at(-1)).toEqual({ sessionId, expiresInSeconds: 600 })
    }))

  it('tell of another tab’s renewal in every tab, as of one’s own (C47)', () =>
    withWorld({}, async (world) => {
      const tabs = await signedInTabs(world, 3)
      const from = tabs.map(({ told }) => told.length)
      passes(world, lifeMs)
      await askAll([firstOf(tabs)])
      await world.settle()
      expect(tabs.map((tab, at) => names(tab, from[at]))).toEqual([['refreshed'], ['refreshed'], ['refreshed']])
    }))

  it('say nothing because somebody looks at the page again (C26, C47)', () =>
    withWorld({}, async (world) => {
      const tab = await signedInTab(world)
      const { state } = tab.client
      const from = tab.told.length
      for (let times = 0; times < 20; times += 1) tab.wake()
      await world.settle()
      tab.wake()
      await world.settle()
      expect(names(tab, from)).toEqual([])
      expect(tab.client.state).toBe(state)
    }))

  it('say nothing to a visitor who looks again (C28, C47)', () =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab()
      await tab.client.restore()
      await world.settle()
      expect(names(tab)).toEqual(['change'])
      tab.wake()
      await world.settle()
      await tab.client.restore()
      expect([names(tab), world.server.requests]).toEqual([['change'], []])
    }))

  it('tell of an outage once, and of its end once (C3, C47)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const tab = await signedInTab(world)
      const from = tab.told.length
      const mend = server.always('/token', html(503))
      passes(world, lifeMs)
      for (let times = 0; times < 5; times += 1) {
        await expect(tab.client.getAccessToken()).rejects.toMatchObject({ code: 'RefreshUnavailable' })
        passes(world, 90_000)
      }
      await settle()
      mend()
      await askAll([tab])
      await settle()
      const told = tab.told.slice(from)
      expect(told.map(({ name }) => name).filter((name) => name !== 'refreshed')).toEqual(['change', 'change'])
      const degraded = told.flatMap((each) => (each.name === 'change' ? [each.event.degraded] : []))
      expect(degraded).toEqual([true, false])
      expect(tab.toldOf('change').map(({ status }) => status)).not.toContain('anonymous')
    }))

  it('show the state that the client shows, which nobody can change (C3, C47)', () =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab()
      const seen: boolean[] = []
      tab.client.on('change', (state) => void seen.push(state === tab.client.state))
      await tab.client.signIn(credentials)
      await tab.client.signOut()
      await world.settle()
      expect(seen).toEqual([true, true])
      expect(Object.isFrozen(tab.client.state)).toBe(true)
    }))
})

describe('a listener', () => {
  const calls: readonly (readonly [name: string, call: (tab: Tab) => unknown])[] = [
    ['getAccessToken', ({ client }) => client.getAccessToken()],
    ['fetch', ({ client }) => client.fetch('/me')],
    ['restore', ({ client }) => client.restore()],
    ['signIn', ({ client }) => client.signIn(credentials)],
    ['signOut', ({ client }) => client.signOut()],
    ['on', ({ client }) => client.on('change', () => undefined)],
    ['dispose', ({ client }) => client.dispose()],
  ]

  it.each(calls)('may call %s, and nothing waits for itself (C13)', (_name, call) =>
    withWorld({}, async (world) => {
      const { settle } = world
      for (const event of ['change', 'refreshed', 'ended'] as const) {
        const tab = world.openBrowser().openTab()
        const made: unknown[] = []
        const once = tab.client.on(event, () => {
          once()
          made.push(
            Promise.resolve(call(tab)).then(
              () => 'done',
              () => 'done',
            ),
          )
        })
        await tab.client.signIn(credentials).catch(() => undefined)
        await settle()
        world.server.clock.advance(lifeMs)
        tab.clock.advanceSilently(lifeMs)
        await tab.client.getAccessToken().catch(() => undefined)
        await settle()
        await Promise.resolve()
          .then(() => tab.client.signOut())
          .catch(() => undefined)
        await settle()
        expect(await Promise.all(made), event).toEqual(['done'])
      }
    }),
  )

  it('may wait for a renewal that it has started itself (C13)', () =>
    withWorld({}, async (world) => {
      const { server, settle } = world
      const tab = await signedInTab(world)
      const before = server.count('/token')
      const statuses: number[] = []
      const stop = tab.client.on('refreshed', () => {
        stop()
        server.next('/open/echo', answer(401, '', { 'WWW-Authenticate': 'Bearer error="invalid_token"' }))
        void tab.client.fetch('/open/echo').then(({ status }) => statuses.push(status))
      })
      passes(world, lifeMs)
      expect(await askAll([tab])).toEqual([200])
      await settle()
      expect([statuses, server.count('/token') - before]).toEqual([[200], 2])
    }))

  it('is called after those who wait for the renewal, and delays nobody (C13)', () =>
    withWorld({}, async (world) => {
      const tab = await signedInTab(world)
      const order: string[] = []
      tab.client.on('refreshed', () => {
        order.push('told')
        return new Promise(() => undefined) as never
      })
      passes(world, lifeMs)
      await tab.client.getAccessToken().then(() => order.push('token'))
      await world.settle()
      expect(order).toContain('told')
      passes(world, lifeMs)
      expect(await askAll([tab])).toEqual([200])
    }))

  it('that throws disturbs nobody, and is heard of once each time on the console (C13)', () =>
    withConsole((written) =>
      withWorld({}, async (world) => {
        const tab = world.browser.openTab()
        const before: unknown[] = []
        const after: unknown[] = []
        tab.client.on('change', (state) => void before.push(state.status))
        tab.client.on('change', () => {
          throw new Error('a defect of the application')
        })
        tab.client.on('change', (state) => void after.push(state.status))
        await tab.client.signIn(credentials)
        expect((await tab.client.fetch('/me')).status).toBe(200)
        await tab.client.signOut()
        await world.settle()
        expect([before, after]).toEqual([
          ['authenticated', 'anonymous'],
          ['authenticated', 'anonymous'],
        ])
        expect(written().filter((line) => String(line.at(-1)).includes('a defect of the application'))).toHaveLength(2)
        expect(written()).toHaveLength(2)
      }),
    ))

  it('hears nothing more once it has left, though it was there twice (C5, C13)', () =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab()
      const heard: string[] = []
      const listener = ({ status }: { status: string }): void => void heard.push(status)
      const [first, second] = [tab.client.on('change', listener), tab.client.on('change', listener)]
      await tab.client.signIn(credentials)
      await world.settle()
      first()
      first()
      await tab.client.signOut()
      await world.settle()
      second()
      await tab.client.signIn(credentials)
      await world.settle()
      expect(heard).toEqual(['authenticated', 'authenticated', 'anonymous'])
    }))
})
