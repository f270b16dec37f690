// Who is given the token: the server it is for, those whom the application names, and nobody else; not by a URL that
// looks like theirs, and not by way of a redirect.

import { createClient } from 'latchkey/client'
import { describe, expect, it } from 'vitest'
import { tokenRefused, withResource, type Resource } from './resource.ts'
import { renewalsIn, signedInTab } from './tabs-begin.ts'
import { answer, withWorld, type Fault, type Tab, type World } from './world/index.ts'

/** Somebody is signed in, and there is a server of another origin; what the tab may send it, a test says. */
const strangers = (run: (stranger: Resource, world: World) => Promise<void>): Promise<void> =>
  withWorld({}, (world) => withResource((stranger) => run(stranger, world)))

const redirect = (status: number, url: string): Fault => answer(status, '', { Location: url })

const nothingSecret = ({ arrived }: Resource): void => {
  expect(arrived.length).toBeGreaterThan(0)
  for (const { headers } of arrived) {
    expect([headers.authorization, headers.cookie, headers['latchkey-proof']]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  }
}

describe('a server that has no right to tokens', () => {
  it.each([
    ['a text', (url: string): string => url],
    ['a URL', (url: string): URL => new URL(url)],
    ['a Request', (url: string): Request => new Request(url)],
  ] as const)('gets none, asked by %s (C7)', (_name, make) =>
    strangers(async (stranger, world) => {
      const { client } = await signedInTab(world)
      expect((await client.fetch(make(`${stranger.origin}/a`))).status).toBe(200)
      nothingSecret(stranger)
    }),
  )

  it('gets none by a URL that only looks like ours (C7)', () =>
    strangers(async (stranger, world) => {
      const { client } = await signedInTab(world, { origins: [world.server.url] })
      const { host } = new URL(stranger.origin)
      const { port } = new URL(world.server.url)
      await client.fetch(`//${host}/a`)
      await client.fetch(`\\\\${host}\\a`)
      await client.fetch(`${stranger.origin}/?${world.server.url}`)
      await client.fetch(`${stranger.origin}/http://127.0.0.1:${port}/me`)
      expect(stranger.arrived).toHaveLength(4)
      nothingSecret(stranger)
    }))

  it('starts no renewal by calling a token bad that it was never given (C7, C40)', () =>
    strangers(async (stranger, world) => {
      const { client } = await signedInTab(world)
      stranger.next(tokenRefused)
      const renewals = await renewalsIn(world, async () => {
        expect((await client.fetch(stranger.origin)).status).toBe(401)
      })
      expect([renewals, stranger.arrived.length]).toEqual([0, 1])
    }))

  it.each([301, 302, 303, 307, 308])('gets none by way of a redirect of ours, %d (C7)', (status) =>
    strangers(async (stranger, world) => {
      const { client } = await signedInTab(world)
      world.server.next('/me', redirect(status, `${stranger.origin}/taken`))
      const init = status >= 307 ? { method: 'POST', body: 'a' } : {}
      expect((await client.fetch('/me', init)).status).toBe(200)
      expect(stranger.arrived.map(({ url }) => url)).toEqual(['/taken'])
      nothingSecret(stranger)
    }),
  )

  it('gets none by a redirect of ours that it then calls unauthorized (C7)', () =>
    strangers(async (stranger, world) => {
      const { client } = await signedInTab(world)
      world.server.always('/me', redirect(307, `${stranger.origin}/taken`))
      stranger.next(tokenRefused, tokenRefused)
      await client.fetch('/me')
      nothingSecret(stranger)
    }))

  it('cannot make a page of ours get one by a redirect back to us (C7)', () =>
    strangers(async (stranger, world) => {
      const { client } = await signedInTab(world)
      const { server } = world
      stranger.next([302, { Location: `${server.url}/me` }])
      expect((await client.fetch(stranger.origin)).status).toBe(401)
      const back = server.requests.filter(({ path }) => path === '/me')
      expect(back.map(({ headers }) => headers.authorization)).toEqual([undefined])
    }))

  it('gets no refresh token by a redirect of the renewal itself (C7)', () =>
    strangers(async (stranger, world) => {
      const { browser, server } = world
      const storage = { read: async () => null, write: async () => undefined, remove: async () => undefined }
      const tabs: Tab[] = [browser.openTab(), browser.openTab({ storage })]
      for (const { client } of tabs) {
        server.next('/login', redirect(307, `${stranger.origin}/login`))
        await expect(client.signIn({ username: 'ada', password: 'the right one' })).rejects.toMatchObject({
          code: 'RefreshUnavailable',
        })
      }
      expect(stranger.arrived).toEqual([])
    }))
})

describe('an origin that the application names', () => {
  it('is given the token, but no cookies (C7)', () =>
    strangers(async (friend, world) => {
      const { client } = await signedInTab(world, { origins: [friend.origin] })
      await client.fetch(`${friend.origin}/a`)
      const token = await client.getAccessToken()
      expect(friend.arrived.map(({ headers }) => [headers.authorization, headers.cookie])).toEqual([
        [`Bearer ${token}`, undefined],
      ])
    }))

  it('is given it whatever else stands in its URL, and no neighbour is (C7)', () =>
    strangers((friend, world) =>
      withResource(async (neighbour) => {
        const { client } = await signedInTab(world, { origins: [`${friend.origin}/api/`] })
        await client.fetch(`${friend.origin}/api/a`)
        await client.fetch(`${neighbour.origin}/api/a`)
        expect(friend.arrived.map(({ headers }) => headers.authorization?.slice(0, 9))).toEqual(['Bearer ey'])
        nothingSecret(neighbour)
      }),
    ))

  it('must be one: nothing that could mean everybody is taken (C7)', () => {
    for (const origin of ['*', '', 'app.example', 'null']) {
      expect(() => createClient({ baseUrl: 'https://app.example', origins: [origin] }), origin).toThrow(TypeError)
    }
  })
})

describe('a relative URL', () => {
  it.each([
    ['/me', '/me'],
    ['me', '/me'],
    ['./me?a=b', '/me'],
  ])('goes to the server: %s (C1, C7)', (url, path) =>
    strangers(async (_stranger, world) => {
      const { client } = await signedInTab(world)
      expect((await client.fetch(url)).status).toBe(200)
      expect(world.server.requests.at(-1)).toMatchObject({ path, status: 200 })
    }),
  )
})
