// The errors of the client, few and told apart by code, each with the occasion that brings it about; and the one thing
// that must never go wrong: who is given a token.

import { describe, expect, it } from 'vitest'
import { clientErrorCodes, isClientError, type ClientError, type ClientErrorCode } from 'latchkey/client'
import { answer, credentials, hold, openServer, problem, signedIn, withWorld, type World } from './world/index.ts'

/** How each code comes about. */
const occasions: Record<ClientErrorCode, (world: World) => Promise<unknown>> = {
  RefreshRejected: async (world) => {
    const tab = await signedIn(world)
    world.server.always('/token', problem(403, 'expired'))
    tab.isVisible = false
    await world.advance(600_000)
    return tab.client.getAccessToken()
  },
  RefreshUnavailable: async (world) => {
    const tab = await signedIn(world)
    world.server.always('/token', answer(503))
    await world.advance(600_000)
    return tab.client.getAccessToken()
  },
  Offline: async (world) => {
    const tab = await signedIn(world)
    world.browser.goOffline()
    await world.advance(600_000)
    return tab.client.getAccessToken()
  },
  Timeout: async (world) => {
    const tab = await signedIn(world)
    tab.isVisible = false
    await world.advance(600_000)
    const held = hold()
    world.server.always('/token', held)
    const asked = tab.client.getAccessToken()
    const settled = Promise.allSettled([asked])
    await held.arrived
    await world.advance(8001)
    await settled
    return asked
  },
  BodyNotReplayable: async (world) => {
    const tab = await signedIn(world)
    world.server.clock.advance(600_000)
    const body = new ReadableStream({ pull: (controller) => controller.close() })
    return tab.client.fetch('/echo', { method: 'POST', body, duplex: 'half' })
  },
  SignInRefused: async ({ browser }) => browser.openTab().client.signIn({ ...credentials, password: 'wrong' }),
  SignedOut: async ({ browser }) => browser.openTab().client.getAccessToken(),
  Disposed: async ({ browser }) => {
    const { client } = browser.openTab()
    client.dispose()
    return client.getAccessToken()
  },
}

describe('errors', () => {
  it.each(Object.keys(clientErrorCodes) as ClientErrorCode[])('there is a %s, told by its code (C4)', (code) =>
    withWorld({}, async (world) => {
      const error = await occasions[code](world).then(
        () => undefined,
        (reason: unknown) => reason as ClientError,
      )
      expect([error?.name, error?.code, error instanceof Error]).toEqual(['ClientError', code, true])
      expect(isClientError(error)).toBe(true)
    }),
  )

  it('are known by their code, also those of another copy of the bundle (C4)', () => {
    const ofAnotherCopy = Object.assign(new Error('offline'), { name: 'ClientError', code: 'Offline' })
    expect(isClientError(ofAnotherCopy)).toBe(true)
    expect([new Error('x'), new TypeError('Failed to fetch'), null, 'Offline'].map(isClientError)).not.toContain(true)
    expect(Object.keys(clientErrorCodes)).toEqual(Object.keys(occasions))
  })
})

describe('tokens', () => {
  it('go to the origins of the list alone, and nobody else costs a renewal (C7)', () =>
    withWorld({}, async (world) => {
      const [friend, stranger] = await Promise.all([openServer(), openServer()])
      const tab = await signedIn(world, { origins: [friend.url] })
      await world.advance(600_000)
      const before = world.server.count('/token')
      const lookalike = new URL('/open/echo', stranger.url)
      lookalike.username = new URL(world.server.url).host
      for (const url of [`${stranger.url}/open/echo`, `${stranger.url}/open/echo?${world.server.url}`]) {
        await tab.client.fetch(url)
      }
      await tab.client.fetch(lookalike).catch(() => undefined)
      expect(world.server.count('/token')).toBe(before)
      expect(stranger.requests.map(({ headers }) => headers.authorization)).not.toContainEqual(expect.anything())
      await tab.client.fetch(`${friend.url}/open/echo`)
      expect(friend.requests.map(({ headers }) => headers.authorization)).toEqual([expect.stringMatching(/^Bearer ey/)])
      await Promise.all([friend.close(), stranger.close()])
    }))
})
