// Which requests are sent again, and which answers stand: what the caller says of himself counts, and so does what an
// application says of him.

import { describe, expect, it, vi } from 'vitest'
import { tokenRefused, withResource, type Resource } from './resource.ts'
import { passes, renewalsIn, signedInTab } from './tabs-begin.ts'
import { answer, withWorld, type Tab, type World } from './world/index.ts'

const signedIn = (run: (resource: Resource, tab: Tab, world: World) => Promise<void>): Promise<void> =>
  withWorld({}, (world) =>
    withResource(async (resource) => run(resource, await signedInTab(world, { origins: [resource.origin] }), world)),
  )

type Given = NonNullable<RequestInit['headers']>

const tokensOf = ({ arrived }: Resource): (string | undefined)[] => arrived.map(({ headers }) => headers.authorization)

describe('a request whose token is refused', () => {
  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'REPORT'])(
    'is sent again, because the server has done nothing: %s (C39)',
    (method) =>
      signedIn(async (resource, { client }) => {
        resource.next(tokenRefused)
        expect((await client.fetch(`${resource.origin}/a`, { method })).status).toBe(200)
        expect(resource.arrived.map((each) => [each.method, each.url])).toEqual([
          [method, '/a'],
          [method, '/a'],
        ])
        expect(new Set(tokensOf(resource)).size).toBe(2)
      }),
  )

  it.each([
    ['quoted', 'Bearer error="invalid_token"'],
    ['as a token, in capitals', 'BEARER Error=invalid_token'],
    ['after another scheme', 'Basic realm="a", Bearer realm="b", error="invalid_token"'],
    [
      'with words around it',
      'Bearer realm="a, b", error="invalid_token", error_description="The token is \\"over\\"."',
    ],
  ])('is known by what WWW-Authenticate says, %s (C40)', (_name, challenge) =>
    signedIn(async (resource, { client }, world) => {
      resource.next([401, { 'WWW-Authenticate': challenge }])
      const renewals = await renewalsIn(world, async () => {
        expect((await client.fetch(resource.origin)).status).toBe(200)
      })
      expect([renewals, resource.arrived.length]).toEqual([1, 2])
    }),
  )

  it('keeps the headers that the caller gave, and its own type (C40)', () =>
    signedIn(async (resource, { client }) => {
      resource.next(tokenRefused)
      const headers = { 'X-Own': 'a', 'Content-Type': 'application/vnd.own+json', Accept: 'text/plain' }
      await client.fetch(resource.origin, { method: 'POST', body: '{}', headers })
      for (const { headers: had } of resource.arrived) {
        expect([had['x-own'], had['content-type'], had.accept]).toEqual(['a', 'application/vnd.own+json', 'text/plain'])
      }
      expect(resource.arrived).toHaveLength(2)
    }))
})

describe('a request whose token is refused, and cannot be had anew', () => {
  it('fails by the reason of the renewal during an outage, and is not sent again (C4, C11)', () =>
    signedIn(async (resource, { client }, { server }) => {
      resource.next(tokenRefused)
      server.always('/token', answer(503))
      await expect(client.fetch(resource.origin)).rejects.toMatchObject({ code: 'RefreshUnavailable', status: 503 })
      expect(resource.arrived).toHaveLength(1)
    }))

  it('is answered by the refusal where the session is over (C11)', () =>
    signedIn(async (resource, { client }, { server }) => {
      resource.next(tokenRefused)
      await server.latchkey.revoke('id-of-ada', String(client.state.sessionId))
      expect((await client.fetch(resource.origin)).status).toBe(401)
      expect([resource.arrived.length, client.state.status]).toEqual([1, 'anonymous'])
    }))

  it('costs one renewal in the life of a token, however often it is refused (C11)', () =>
    signedIn(async (resource, { client }, world) => {
      resource.next(...Array.from({ length: 4 }, () => tokenRefused))
      const renewals = await renewalsIn(world, async () => {
        for (const path of ['/a', '/b', '/c']) {
          expect((await client.fetch(resource.origin + path)).status).toBe(401)
        }
      })
      expect([renewals, resource.arrived.length]).toEqual([1, 4])
    }))

  it('leaves no answer open that nobody will read (C11)', () =>
    signedIn(async (_resource, { client }, { server, settle }) => {
      let open = 0
      server.next('/me', (_req, res) => {
        open += 1
        res.on('close', () => (open -= 1))
        res.writeHead(401, { 'WWW-Authenticate': tokenRefused[1]['WWW-Authenticate'] }).write('a part of it')
      })
      expect((await client.fetch('/me')).status).toBe(200)
      await settle()
      await vi.waitFor(() => expect(open).toBe(0))
    }))
})

describe('an answer that is no refusal of the token', () => {
  const answers = [
    ['401 of the application', 401, undefined],
    ['401 that asks for another scheme', 401, 'Basic realm="app"'],
    ['401 that says nothing of an error', 401, 'Bearer realm="app"'],
    ['401 that asks for a newer sign-in', 401, 'Bearer error="insufficient_user_authentication", max_age="60"'],
    [
      '401 that only speaks of it',
      401,
      'Bearer error="insufficient_user_authentication", error_description="error=invalid_token"',
    ],
    ['403 that asks for more scope', 403, 'Bearer error="insufficient_scope", scope="admin"'],
    ['403 with the words of a 401', 403, 'Bearer error="invalid_token"'],
    ['400', 400, 'Bearer error="invalid_request"'],
  ] as const

  it.each(answers)('comes back as it is, and starts no renewal: %s (C40)', (_name, status, challenge) =>
    signedIn(async (resource, { client }, world) => {
      resource.next([status, challenge === undefined ? {} : { 'WWW-Authenticate': challenge }])
      const renewals = await renewalsIn(world, async () => {
        const response = await client.fetch(resource.origin, { method: 'POST', body: 'a' })
        expect([response.status, await response.text()]).toEqual([status, 'what it says'])
      })
      expect([renewals, resource.arrived.length]).toEqual([0, 1])
      expect(client.state).toMatchObject({ status: 'authenticated', degraded: false })
    }),
  )
})

describe("the caller's own Authorization", () => {
  it.each(['Basic YWRhOnNlY3JldA==', 'Bearer of-somebody-else', 'DPoP eyJhbGciOiJub25lIn0.eyJzdWIiOiJvdGhlciJ9.x'])(
    'wins, and is nobody else’s business when it is refused: %s (C40)',
    (Authorization) =>
      signedIn(async (resource, { client }, world) => {
        resource.next(tokenRefused)
        const renewals = await renewalsIn(world, async () => {
          expect((await client.fetch(resource.origin, { headers: { Authorization } })).status).toBe(401)
        })
        expect([renewals, tokensOf(resource)]).toEqual([0, [Authorization]])
      }),
  )

  it('wins also before it is known whether somebody is signed in (C40)', () =>
    withWorld({}, ({ browser, server }) =>
      withResource(async (resource) => {
        const { client } = browser.openTab({ origins: [resource.origin] })
        const Authorization = 'Bearer of-somebody-else'
        expect((await client.fetch(resource.origin, { headers: { Authorization } })).status).toBe(200)
        expect([client.state.status, tokensOf(resource), server.count('/token')]).toEqual([
          'unknown',
          [Authorization],
          0,
        ])
      }),
    ))

  it.each([
    ['a Headers', (Authorization: string): Given => new Headers({ Authorization })],
    ['pairs', (Authorization: string): Given => [['authorization', Authorization]]],
    ['an object', (Authorization: string): Given => ({ AUTHORIZATION: Authorization })],
  ] as const)('is an old token of ours, in %s: the new one takes its place (C40)', (_name, make) =>
    signedIn(async (resource, tab, world) => {
      const old = `Bearer ${await tab.client.getAccessToken()}`
      passes(world, 600_000)
      expect((await tab.client.fetch(resource.origin, { headers: make(old) })).status).toBe(200)
      const request = new Request(resource.origin, { headers: make(old) })
      expect((await tab.client.fetch(request)).status).toBe(200)
      const current = `Bearer ${await tab.client.getAccessToken()}`
      expect(current).not.toBe(old)
      expect(tokensOf(resource)).toEqual([current, current])
    }),
  )

  it('is our present token, and is refused: it is renewed as ours is (C40)', () =>
    signedIn(async (resource, { client }) => {
      const Authorization = `Bearer ${await client.getAccessToken()}`
      resource.next(tokenRefused)
      expect((await client.fetch(resource.origin, { headers: { Authorization } })).status).toBe(200)
      const [first, second] = tokensOf(resource)
      expect([first, second === first]).toEqual([Authorization, false])
    }))
})

describe('a request that nobody answers', () => {
  it.each(['GET', 'POST', 'PUT'])('is not sent again by itself: %s (C39)', (method) =>
    signedIn(async (_resource, { client }, { server, settle }) => {
      server.next('/me', (req) => void req.socket.destroy())
      await expect(client.fetch('/me', { method })).rejects.toThrow('fetch failed')
      await settle()
      expect(server.count('/me')).toBe(1)
    }),
  )
})
