// Requests whose token is refused are sent again, byte for byte, with the type that the first one had, whatever the
// caller has done with his body meanwhile.

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ClientRequestInit } from 'latchkey/client'
import { tokenRefused, withResource, type Arrived, type Resource } from './resource.ts'
import { signedInTab } from './tabs-begin.ts'
import { withWorld, type Tab, type World } from './world/index.ts'

type Body = NonNullable<ClientRequestInit['body']>

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** Somebody is signed in, and a server of another origin may have the tokens. */
const signedIn = (run: (resource: Resource, tab: Tab, world: World) => Promise<void>): Promise<void> =>
  withWorld({}, (world) =>
    withResource(async (resource) => run(resource, await signedInTab(world, { origins: [resource.origin] }), world)),
  )

/** The first is refused, the second is not; both tokens differ, and nothing else does. */
function expectReplayed({ arrived }: Resource): Arrived {
  expect(arrived).toHaveLength(2)
  const [first, second] = arrived as [Arrived, Arrived]
  expect(first.headers.authorization).toMatch(/^Bearer ey/)
  expect(second.headers.authorization).toMatch(/^Bearer ey/)
  expect(second.headers.authorization).not.toBe(first.headers.authorization)
  const compared = ({
    method,
    url,
    sha256: hash,
    bytes,
    headers: { authorization: _token, ...headers },
  }: Arrived): object => ({
    method,
    url,
    hash,
    bytes,
    headers,
  })
  expect(compared(second)).toEqual(compared(first))
  return second
}

const text = 'Grüße aus dem Zug 🚆\r\n\0'
const bytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from({ length: 70_000 }, (_, at) => (at * 7) % 256)

const form = (): FormData => {
  const made = new FormData()
  made.append('name', text)
  made.append('file', new Blob([bytes()], { type: 'image/png' }), 'fahrplan ä.png')
  return made
}

describe('a body is sent again as it was', () => {
  const bodies: readonly (readonly [
    name: string,
    make: () => Body,
    type: string | undefined,
    hash: string | undefined,
  ])[] = [
    ['a string', () => text, 'text/plain;charset=UTF-8', sha256(text)],
    ['an empty string', () => '', 'text/plain;charset=UTF-8', sha256('')],
    [
      'URLSearchParams',
      () => new URLSearchParams({ q: text }),
      'application/x-www-form-urlencoded;charset=UTF-8',
      undefined,
    ],
    ['a Blob', () => new Blob([bytes()], { type: 'image/png' }), 'image/png', sha256(bytes())],
    ['an ArrayBuffer', () => bytes().buffer, undefined, sha256(bytes())],
    ['a typed array', () => bytes(), undefined, sha256(bytes())],
    ['a piece of a typed array', () => bytes().subarray(5, 500), undefined, sha256(bytes().subarray(5, 500))],
    ['a DataView', () => new DataView(bytes().buffer, 9, 90), undefined, sha256(bytes().subarray(9, 99))],
  ]

  it.each(bodies)('%s (C37)', (_name, make, type, hash) =>
    signedIn(async (resource, { client }) => {
      resource.next(tokenRefused)
      expect((await client.fetch(`${resource.origin}/a?b=c`, { method: 'POST', body: make() })).status).toBe(200)
      const second = expectReplayed(resource)
      expect(second.headers['content-type']).toBe(type)
      if (hash !== undefined) expect(second.sha256).toBe(hash)
    }),
  )

  it('FormData, with the boundary that it had (C37)', () =>
    signedIn(async (resource, { client }) => {
      resource.next(tokenRefused)
      expect((await client.fetch(resource.origin, { method: 'POST', body: form() })).status).toBe(200)
      const { headers, bytes: length } = expectReplayed(resource)
      expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=.+/)
      expect(length).toBeGreaterThan(70_000)
    }))

  it.each([
    ['a string', (): RequestInit => ({ body: text }), sha256(text)],
    ['bytes', (): RequestInit => ({ body: bytes() }), sha256(bytes())],
    ['a form', (): RequestInit => ({ body: form() }), undefined],
  ] as const)('a Request with %s, used up as fetch uses it up (C37)', (_name, make, hash) =>
    signedIn(async (resource, { client }) => {
      resource.next(tokenRefused)
      const request = new Request(`${resource.origin}/a`, { method: 'PUT', headers: { 'X-Own': 'kept' }, ...make() })
      expect((await client.fetch(request)).status).toBe(200)
      const second = expectReplayed(resource)
      expect([second.method, second.headers['x-own']]).toEqual(['PUT', 'kept'])
      if (hash !== undefined) expect(second.sha256).toBe(hash)
      expect(request.bodyUsed).toBe(true)
      await expect(client.fetch(request)).rejects.toThrow(TypeError)
    }),
  )

  it('a Request whose body the caller replaces (C37)', () =>
    signedIn(async (resource, { client }) => {
      resource.next(tokenRefused)
      const request = new Request(`${resource.origin}/a`, { method: 'POST', body: 'older' })
      expect((await client.fetch(request, { body: text })).status).toBe(200)
      expect(expectReplayed(resource).sha256).toBe(sha256(text))
    }))
})

describe('a body is sent as it was when the call was made, also where a renewal comes first', () => {
  const array = bytes()
  const buffer = bytes().buffer
  const params = new URLSearchParams({ a: '1' })
  const data = new FormData()
  const headers = new Headers({ 'X-Own': 'before' })
  const changes = [
    ['a typed array', { body: array }, () => array.fill(0), sha256(bytes())],
    ['an ArrayBuffer', { body: buffer }, () => new Uint8Array(buffer).fill(0), sha256(bytes())],
    ['URLSearchParams', { body: params }, () => params.set('a', '2'), sha256('a=1')],
    ['FormData', { body: data }, () => data.set('a', 'secret afterthought'), undefined],
    ['headers', { body: 'b', headers }, () => headers.set('X-Own', 'after'), sha256('b')],
  ] as const

  it.each(changes)('%s (C37)', (_name, init, change, hash) =>
    signedIn(async (resource, tab, world) => {
      // The first thing that happens is a renewal, and the body must wait for it.
      world.server.clock.advance(600_000)
      tab.clock.advanceSilently(600_000)
      resource.next(tokenRefused)
      const going = tab.client.fetch(resource.origin, { method: 'POST', ...init })
      change()
      expect((await going).status).toBe(200)
      const second = expectReplayed(resource)
      if (hash !== undefined) expect(second.sha256).toBe(hash)
      expect([undefined, 'before']).toContain(second.headers['x-own'])
      expect(second.bytes).toBeLessThan(80_000)
      if (init.body === data) expect(second.bytes).toBeLessThan(100)
    }),
  )
})
