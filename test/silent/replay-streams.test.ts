// Bodies that can be read once. They are passed on as they come; a token that would not last is renewed before; and where
// the server refuses it all the same, the caller is told, with the answer in his hand.

import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { ClientRequestInit, ClientError } from 'latchkey/client'
import { tokenRefused, withResource, type Resource } from './resource.ts'
import { passes, renewalsIn, signedInTab } from './tabs-begin.ts'
import { withWorld, type Tab, type World } from './world/index.ts'

type Body = NonNullable<RequestInit['body']>

const pieces = ['one, ', 'two, ', 'three']

/** A stream that gives its second piece only after somebody has got the first. */
function streamAfter(first: Promise<void>): ReadableStream<Uint8Array> {
  const bytes = pieces.map((piece) => new TextEncoder().encode(piece))
  let at = 0
  return new ReadableStream({
    pull: async (controller) => {
      if (at === 1) await first
      const piece = bytes[at]
      at += 1
      if (piece === undefined) controller.close()
      else controller.enqueue(piece)
    },
  })
}

const done = Promise.resolve()
const { length } = pieces.join('')

const kinds: readonly (readonly [name: string, make: (first: Promise<void>) => unknown])[] = [
  ['a ReadableStream', streamAfter],
  ['an async iterable', (first) => Readable.toWeb(Readable.from(streamAfter(first)))],
  [
    'an async generator',
    async function* (first) {
      yield new TextEncoder().encode(pieces[0])
      await first
      for (const piece of pieces.slice(1)) yield new TextEncoder().encode(piece)
    },
  ],
  ['a stream of Node', (first) => Readable.from(streamAfter(first))],
]

// Node's fetch takes more than its type says.
const streaming = (body: unknown): ClientRequestInit =>
  ({ method: 'POST', body, duplex: 'half' }) as unknown as ClientRequestInit

const signedIn = (run: (resource: Resource, tab: Tab, world: World) => Promise<void>): Promise<void> =>
  withWorld({}, (world) =>
    withResource(async (resource) => run(resource, await signedInTab(world, { origins: [resource.origin] }), world)),
  )

const errorOf = (call: Promise<unknown>): Promise<ClientError> =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: ClientError) => error,
  )

describe('a stream', () => {
  it.each(kinds)('is passed on piece by piece, and nothing waits for its end: %s (C38)', (_name, make) =>
    signedIn(async (resource, { client }) => {
      // The second piece comes only after the server has the first: who buffers waits for ever.
      const first = new Promise<void>((resolve) => {
        resource.hear = () => resolve()
      })
      expect((await client.fetch(resource.origin, streaming(make(first)))).status).toBe(200)
      expect(resource.arrived.map(({ bytes }) => bytes)).toEqual([length])
    }),
  )

  it.each(kinds)('whose token is refused is not sent again, and the caller gets the answer: %s (C38)', (_name, make) =>
    signedIn(async (resource, { client }) => {
      resource.next(tokenRefused)
      const error = await errorOf(client.fetch(resource.origin, streaming(make(done))))
      expect(error.code).toBe('BodyNotReplayable')
      expect([error.response?.status, error.response?.bodyUsed]).toEqual([401, false])
      expect(await error.response?.text()).toBe('what it says')
      expect(resource.arrived).toHaveLength(1)
    }),
  )

  it('is sent only after a token that would not last was renewed (C38)', () =>
    signedIn(async (resource, tab, world) => {
      // Alive, but inside the lead: good enough for any request that can be repeated.
      passes(world, 570_000)
      const old = `Bearer ${await tab.client.getAccessToken({ minSeconds: 0 })}`
      const renewals = await renewalsIn(world, async () => {
        expect((await tab.client.fetch(resource.origin, streaming(streamAfter(done)))).status).toBe(200)
      })
      expect(renewals).toBe(1)
      expect(resource.arrived.map(({ headers }) => headers.authorization)).not.toContain(old)
      expect(resource.arrived).toHaveLength(1)
    }))

  it('is not held up by a renewal where the token lasts (C23, C38)', () =>
    signedIn(async (resource, { client }, world) => {
      const renewals = await renewalsIn(world, () => client.fetch(resource.origin, streaming(streamAfter(done))))
      expect([renewals, resource.arrived.length]).toEqual([0, 1])
    }))

  it('goes on with the living token where that cannot be renewed just now (C32, C38)', () =>
    signedIn(async (resource, tab, world) => {
      passes(world, 570_000)
      world.server.next('/token', (req) => void req.socket.destroy())
      expect((await tab.client.fetch(resource.origin, streaming(streamAfter(done)))).status).toBe(200)
      expect(resource.arrived).toHaveLength(1)
    }))

  it('whose token was refused leaves the next call with a new one (C10, C38)', () =>
    signedIn(async (resource, { client }, { settle }) => {
      resource.next(tokenRefused)
      expect((await errorOf(client.fetch(resource.origin, streaming(streamAfter(done))))).code).toBe(
        'BodyNotReplayable',
      )
      await settle()
      expect((await client.fetch(resource.origin)).status).toBe(200)
      const [first, second] = resource.arrived.map(({ headers }) => headers.authorization)
      expect(second).toMatch(/^Bearer ey/)
      expect(second).not.toBe(first)
    }))

  it('whose request is refused for another reason comes back as it is (C38, C40)', () =>
    signedIn(async (resource, { client }, world) => {
      resource.next([401, { 'WWW-Authenticate': 'Basic realm="app"' }])
      const renewals = await renewalsIn(world, async () => {
        expect((await client.fetch(resource.origin, streaming(streamAfter(done)))).status).toBe(401)
      })
      expect(renewals).toBe(0)
    }))
})

describe('a function that makes the body', () => {
  it.each([
    ['a stream', () => streamAfter(done)],
    ['a text', () => pieces.join('')],
  ] as const)('is called once for each try: %s (C38)', (_name, make) =>
    signedIn(async (resource, { client }) => {
      let calls = 0
      const body = (): Body => {
        calls += 1
        return make() as Body
      }
      const init = { method: 'POST', body, duplex: 'half' } as ClientRequestInit
      expect((await client.fetch(resource.origin, init)).status).toBe(200)
      expect([calls, resource.arrived.length]).toEqual([1, 1])
      resource.next(tokenRefused)
      expect((await client.fetch(resource.origin, init)).status).toBe(200)
      expect([calls, resource.arrived.length]).toEqual([3, 3])
      expect(new Set(resource.arrived.map(({ sha256 }) => sha256)).size).toBe(1)
      expect(resource.arrived.map(({ bytes }) => bytes)).toEqual([length, length, length])
    }),
  )

  it('that throws fails its own call, and no other (C13, C38)', () =>
    signedIn(async (resource, { client }) => {
      const body = (): Body => {
        throw new Error('the file is gone')
      }
      await expect(client.fetch(resource.origin, { method: 'POST', body })).rejects.toThrow('the file is gone')
      expect((await client.fetch(resource.origin)).status).toBe(200)
    }))
})
