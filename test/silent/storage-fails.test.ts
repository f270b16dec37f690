// A storage that fails, at once or some day: memory takes its place, the console hears of it once, and no session ends for
// it.

import type { ClientStorage } from 'latchkey/client'
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest'
import { overheard } from './secrets.ts'
import { refused, storageOf } from './storages.ts'
import { askAll, expectNoAlarm, firstOf, passes, signedInTabs } from './tabs-begin.ts'
import { credentials, withWorld, type Tab, type World } from './world/index.ts'

const lifeMs = 600_000

async function liveOn(world: World, tab: Tab, lives = 3): Promise<void> {
  for (let life = 1; life <= lives; life += 1) {
    passes(world, lifeMs)
    expect(await askAll([tab])).toEqual([200])
  }
}

const keyed = ({ server }: World): boolean[] =>
  server.requests.filter(({ path }) => path === '/login').map(({ headers }) => headers['latchkey-proof'] === 'v1')

describe('a storage that fails', () => {
  let warned: MockInstance<typeof console.warn>
  beforeEach(() => {
    warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  })
  afterEach(() => warned.mockRestore())

  const failing: readonly (readonly [name: string, more: Partial<ClientStorage>])[] = [
    ['that refuses everything', { read: refused, write: refused, remove: refused }],
    [
      'that throws at once',
      {
        read: () => {
          throw new DOMException('no', 'SecurityError')
        },
        write: refused,
        remove: refused,
      },
    ],
    ['whose quota is used up', { write: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) }],
    ['that cannot be written to nor read', { read: refused, write: refused }],
  ]

  it.each(failing)(
    '%s gives way to memory in cookie mode, with one warning, and the session is plain (C42)',
    (_name, more) =>
      withWorld({}, async (world) => {
        const storage = (name: string): ClientStorage => storageOf(world.browser.storage(name), more)
        const tab = world.browser.openTab({ surroundings: { storage } })
        await tab.client.signIn(credentials)
        // The key could not outlive the page, and without it the cookie would be worth nothing after a reload.
        expect(keyed(world)).toEqual([false])
        await liveOn(world, tab)
        expect(warned).toHaveBeenCalledTimes(1)
        expectNoAlarm(world, [tab])
        const reloaded = world.browser.openTab({ surroundings: { storage } })
        expect((await reloaded.client.restore()).status).toBe('authenticated')
        await tab.client.signOut()
        expect(tab.client.state.status).toBe('anonymous')
      }),
  )

  it.each(failing)('%s gives way to memory in body mode, with one warning (C42)', (_name, more) =>
    withWorld({}, async (world) => {
      const tab = world.browser.openTab({ storage: storageOf(world.browser.storage('body'), more) })
      await tab.client.signIn(credentials)
      // Whoever keeps its tokens himself has the key where they are.
      expect(keyed(world)).toEqual([true])
      await liveOn(world, tab)
      expect(warned).toHaveBeenCalledTimes(1)
      expectNoAlarm(world, [tab])
    }),
  )

  it('only later, while somebody is signed in, costs the session nothing (C35, C42)', () =>
    withWorld({}, async (world) => {
      const { browser } = world
      const tabs = await signedInTabs(world, 1)
      expect(keyed(world)).toEqual([true])
      browser.storage().before = () => {
        throw new DOMException('The disk is full.', 'QuotaExceededError')
      }
      await liveOn(world, firstOf(tabs))
      expect(warned).toHaveBeenCalledTimes(1)
      expectNoAlarm(world, tabs)
    }))

  it('by never answering is not waited for for ever (C42)', () =>
    withWorld({}, async (world) => {
      const never = (): Promise<never> => new Promise(() => undefined)
      const storage = storageOf(world.browser.storage('body'), { read: never, write: never, remove: never })
      const tab = world.browser.openTab({ storage })
      const going = tab.client.signIn(credentials)
      for (let seconds = 0; seconds < 10; seconds += 1) {
        tab.clock.advance(1000)
        await world.settle()
      }
      expect(await going).toMatchObject({ id: 'id-of-ada' })
      expect(await askAll([tab])).toEqual([200])
      expect(warned).toHaveBeenCalledTimes(1)
    }))

  it('says so without any part of a token (C42, C46)', () => {
    const { options, piecesIn } = overheard()
    return withWorld(options, async (world) => {
      const write: ClientStorage['write'] = (kept) => Promise.reject(new Error(`cannot keep ${kept.sessionId}`))
      const tab = world.browser.openTab({ storage: storageOf(world.browser.storage('body'), { write }) })
      await tab.client.signIn(credentials)
      await liveOn(world, tab)
      expect(warned).toHaveBeenCalledTimes(1)
      expect(piecesIn(warned.mock.calls)).toEqual([])
    })
  })

  it.each(['read', 'write'] as const)(
    'in a tab that has only listened so far costs the session nothing: %s (C31, C42)',
    (verb) =>
      withWorld({}, async (world) => {
        const { browser, settle } = world
        const [first] = await signedInTabs(world, 1)
        let isBroken = false
        const unless = <Result>(work: () => Promise<Result>): Promise<Result> => (isBroken ? refused() : work())
        const storage = (name: string): ClientStorage => {
          const durable = browser.storage(name)
          const more: Partial<ClientStorage> =
            verb === 'read'
              ? { read: (id) => unless(() => durable.read(id)) }
              : { write: (kept) => unless(() => durable.write(kept)) }
          return storageOf(durable, more)
        }
        const second = browser.openTab({ surroundings: { storage } })
        passes(world, lifeMs)
        await first?.client.fetch('/me')
        await settle()
        expect(second.client.state.status).toBe('authenticated')
        isBroken = true
        await liveOn(world, second)
        expectNoAlarm(world, [first as Tab, second])
        expect(warned).toHaveBeenCalledTimes(1)
      }),
  )

  it('in a tab that has not read the key yet signs nobody out in the other tabs (C31, C42)', () =>
    withWorld({}, async (world) => {
      const { browser, settle } = world
      const tabs = await signedInTabs(world, 1)
      const storage = (name: string): ClientStorage => storageOf(browser.storage(name), { read: refused })
      const broken = browser.openTab({ surroundings: { storage } })
      await broken.client.restore()
      await settle()
      expect(firstOf(tabs).toldOf('ended')).toEqual([])
      await liveOn(world, firstOf(tabs))
      // And where the storage works again, a reload is enough.
      expect((await browser.openTab().client.restore()).status).toBe('authenticated')
    }))
})
