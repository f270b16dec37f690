// Listeners are the application's code, and may do anything: call the client, take for ever, throw. The renewal neither
// waits for them nor falls over them.

import { describe, expect, it, vi } from 'vitest'
import { credentials, failure, problem, signedIn, withWorld } from './world/index.ts'

describe('listeners', () => {
  it('are called when the renewal is over, and are not waited for (C13)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      const never = new Promise(() => undefined)
      const seen: string[] = []
      const listen = async (): Promise<void> => {
        seen.push('called')
        // The token is there already: nobody who asks now starts another renewal.
        await tab.client.getAccessToken()
        seen.push('has the token')
        await never
      }
      tab.client.on('refreshed', () => void listen())
      await world.advance(600_000)
      expect((await tab.client.fetch('/me')).status).toBe(200)
      await world.settle()
      expect([seen, world.server.count('/token')]).toEqual([['called', 'has the token'], 1])
    }))

  it.each(['refreshed', 'change', 'ended'] as const)('may call any method inside %s (C13)', (name) =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const { client } = tab
      const results: Promise<unknown>[] = []
      let isFirst = true
      client.on(name, () => {
        if (!isFirst) return
        isFirst = false
        const calls = [client.restore, () => client.fetch('/me'), client.getAccessToken, client.signOut]
        results.push(...calls.map((call) => call()), client.signIn(credentials))
      })
      tab.isVisible = false
      await world.advance(600_000)
      // Signed out by the listener before his own token came back to him, or not: nothing else.
      if (name === 'refreshed')
        expect(['SignedOut', { instead: expect.anything() }]).toContainEqual(await failure(client.fetch('/me')))
      else {
        world.server.next('/token', problem(403, 'ended'))
        expect(await failure(client.getAccessToken())).toBe('RefreshRejected')
      }
      expect(results).toHaveLength(5)
      await Promise.allSettled(results)
      await world.settle()
      expect(client.state).toMatchObject({ status: 'authenticated', subject: 'id-of-ada' })
    }),
  )

  it('that throw are told to the console, and disturb nobody (C13)', () =>
    withWorld({}, async (world) => {
      const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
      try {
        const tab = await signedIn(world)
        const problemOfTheirs = new Error('the listener is broken')
        let heard = 0
        tab.client.on('refreshed', () => {
          throw problemOfTheirs
        })
        tab.client.on('refreshed', () => {
          heard += 1
        })
        await world.advance(600_000)
        expect((await tab.client.fetch('/me')).status).toBe(200)
        await world.settle()
        expect([heard, said.mock.calls.flat()]).toEqual([1, expect.arrayContaining([problemOfTheirs])])
      } finally {
        said.mockRestore()
      }
    }))

  it('hear nothing more once they have stopped listening (C13)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      let heard = 0
      const stop = tab.client.on('refreshed', () => {
        heard += 1
      })
      stop()
      await world.advance(600_000)
      await tab.client.fetch('/me')
      expect([heard, tab.toldOf('refreshed').length]).toEqual([0, 1])
    }))
})
