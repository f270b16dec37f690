// No part of a token, a key, a proof or a password is ever shown: not by the console, not by an error and what caused it,
// not by anything that a program or a debugger could print of a client. Pieces of twelve characters are searched for.

import { inspect } from 'node:util'
import { bodyMode, createClient, memoryStorage, type ClientError } from 'latchkey/client'
import { describe, expect, it, vi } from 'vitest'
import { overheard, secretsSent, textOf, type Overheard } from './secrets.ts'
import { firstOf, goesOn, passes, signedInTab } from './tabs-begin.ts'
import { bodyStorage, storageOf } from './storages.ts'
import { answer, credentials, hold, html, json, problem, withWorld, type Tab, type World } from './world/index.ts'

const lifeMs = 600_000
const consoleNames = ['error', 'warn', 'log', 'info', 'debug', 'trace'] as const

const errorOf = (call: Promise<unknown>): Promise<ClientError> =>
  call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: ClientError) => error,
  )

type Mode = 'cookie' | 'body'

const open = ({ browser }: World, mode: Mode): Tab =>
  browser.openTab(mode === 'cookie' ? {} : { storage: bodyStorage(browser, browser.tabs.length + 1) })

/** Every error that there is, met in the way an application meets it. */
const troubles: readonly (readonly [code: string, meet: (world: World, tab: Tab) => Promise<ClientError>])[] = [
  [
    'RefreshUnavailable',
    ({ server }, { client }) => {
      server.next('/token', html(503))
      return errorOf(client.getAccessToken())
    },
  ],
  [
    'RefreshUnavailable',
    ({ server }, { client }) => {
      // What a careless proxy may do: give everything back that it was sent.
      server.next('/token', (req, res) => {
        const { headers } = req
        const chunks: Buffer[] = []
        req.on('data', (chunk: Buffer) => chunks.push(chunk))
        req.on('end', () =>
          res
            .writeHead(200, { 'Content-Type': 'application/json' })
            .end(`${JSON.stringify(headers)}${Buffer.concat(chunks).toString()}`),
        )
      })
      return errorOf(client.getAccessToken())
    },
  ],
  [
    'RefreshUnavailable',
    ({ server }, { client }) => {
      server.next('/token', json(200, { accessToken: 'lkr1_neither-a-token-nor-a-secret', expiresIn: 600 }))
      return errorOf(client.fetch('/me'))
    },
  ],
  [
    'RefreshUnavailable',
    ({ server }, { client }) => {
      server.next('/token', (req) => void req.socket.destroy())
      return errorOf(client.fetch('/me'))
    },
  ],
  [
    'Offline',
    ({ browser }, { client }) => {
      browser.goOffline()
      return errorOf(client.fetch('/me'))
    },
  ],
  [
    'Timeout',
    async (world, tab) => {
      const { server, settle } = world
      const held = hold('request')
      server.next('/token', held)
      const going = errorOf(tab.client.getAccessToken())
      await held.arrived
      await settle()
      await goesOn(world, [tab], 8000)
      const error = await going
      held.drop()
      return error
    },
  ],
  [
    'RefreshRejected',
    ({ server }, { client }) => {
      server.next('/token', problem(403, 'ended'))
      return errorOf(client.getAccessToken())
    },
  ],
  ['SignInRefused', (_world, { client }) => errorOf(client.signIn({ ...credentials, password: 'a wrong password' }))],
  [
    'SignedOut',
    async (_world, { client }) => {
      await client.signOut()
      return errorOf(client.getAccessToken())
    },
  ],
  [
    'Disposed',
    (_world, { client }) => {
      client.dispose()
      return errorOf(client.getAccessToken())
    },
  ],
]

async function withSilentConsole(run: (written: () => unknown[]) => Promise<void>): Promise<void> {
  const spies = consoleNames.map((name) => vi.spyOn(console, name).mockImplementation(() => undefined))
  try {
    await run(() => spies.flatMap(({ mock }) => mock.calls.flat()))
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** Runs with everything overheard, the password too. */
const listening = (run: (heard: Overheard, world: World) => Promise<void>): Promise<void> => {
  const heard = overheard()
  const secrets = heard.secrets as Set<string>
  secrets.add(credentials.password)
  secrets.add('a wrong password')
  return withWorld(heard.options, (world) => run(heard, world))
}

describe('errors', () => {
  const all = troubles.flatMap(([code, meet], at) =>
    (['cookie', 'body'] as const).map((mode) => [code, mode, at, meet] as const),
  )

  it.each(all)('show nothing secret: %s in %s mode, %d (C46)', (code, mode, _at, meet) =>
    listening(({ secrets, piecesIn }, world) =>
      withSilentConsole(async (written) => {
        const tab = open(world, mode)
        await tab.client.signIn(credentials)
        passes(world, lifeMs)
        const error = await meet(world, tab)
        expect(error.code).toBe(code)
        await world.settle()
        for (const { headers } of world.browser.sent) {
          for (const each of secretsSent((name) => headers.get(name))) (secrets as Set<string>).add(each)
        }
        expect(secrets.size).toBeGreaterThan(4)
        expect(piecesIn(error)).toEqual([])
        expect(piecesIn(written())).toEqual([])
        expect(piecesIn([tab.client, tab.client.state, tab.told])).toEqual([])
      }),
    ),
  )

  it('that carry the answer show nothing secret (C38, C46)', () =>
    listening(({ piecesIn }, world) =>
      withSilentConsole(async (written) => {
        const tab = await signedInTab(world)
        const refused = answer(401, '', { 'WWW-Authenticate': 'Bearer error="invalid_token"' })
        world.server.next('/open/echo', refused)
        const body = new Blob(['a']).stream()
        const init = { method: 'POST', body, duplex: 'half' } as RequestInit
        const error = await errorOf(tab.client.fetch('/open/echo', init))
        expect([error.code, error.response?.status]).toEqual(['BodyNotReplayable', 401])
        expect(piecesIn(error)).toEqual([])
        expect(piecesIn(written())).toEqual([])
      }),
    ))
})

describe('a client', () => {
  it.each(['cookie', 'body'] as const)('shows nothing secret of itself, whatever prints it, %s mode (C46)', (mode) =>
    listening(({ secrets, piecesIn }, world) =>
      withSilentConsole(async (written) => {
        const tab = open(world, mode)
        const { client } = tab
        await client.signIn(credentials)
        for (let life = 1; life <= 2; life += 1) {
          passes(world, lifeMs)
          expect((await client.fetch('/me')).status).toBe(200)
        }
        await world.settle()
        expect(secrets.size).toBeGreaterThan(5)
        expect(piecesIn([client, client.state, tab.told])).toEqual([])
        expect(piecesIn(inspect(client, { showProxy: true, getters: true, depth: 9 }))).toEqual([])
        expect(piecesIn({ ...client })).toEqual([])
        // Nothing is written at all where nothing goes wrong.
        expect(written()).toEqual([])
      }),
    ),
  )

  it('puts no token, proof or password into a URL (C46)', () =>
    listening(({ piecesIn }, world) =>
      withSilentConsole(async () => {
        for (const mode of ['cookie', 'body'] as const) {
          const { client } = open(world, mode)
          await client.signIn(credentials)
          passes(world, lifeMs)
          await client.fetch('/me?a=b')
          await client.signOut()
        }
        expect(world.browser.sent.length).toBeGreaterThanOrEqual(8)
        expect(piecesIn(world.browser.sent.map(({ url }) => url))).toEqual([])
      }),
    ))

  it('shows nothing secret where its storage fails with all it was given (C42, C46)', () =>
    listening(({ piecesIn }, world) =>
      withSilentConsole(async (written) => {
        const write = (): Promise<never> => Promise.reject(new DOMException('full', 'QuotaExceededError'))
        const tab = world.browser.openTab({ storage: storageOf(world.browser.storage('body'), { write }) })
        await tab.client.signIn(credentials)
        expect(written().length).toBeGreaterThan(0)
        expect(piecesIn(written())).toEqual([])
      }),
    ))
})

describe('the search itself', () => {
  it('finds what was overheard in texts, errors, causes, bytes and members deep inside (C46)', () =>
    listening(async ({ secrets, piecesIn }, world) => {
      const storage = memoryStorage()
      const client = createClient({ baseUrl: world.server.url, transport: bodyMode(storage) })
      await client.signIn(credentials)
      const token = await client.getAccessToken()
      const part = token.slice(-30)
      const found = [part, new Error(part), new Error('a', { cause: { part } }), { a: [{ b: new Map([[1, part]]) }] }]
      const bytes = [new TextEncoder().encode(part), { deep: [new TextEncoder().encode(part).buffer] }]
      for (const value of [...found, ...bytes]) expect(piecesIn(value), textOf(value)).not.toEqual([])
      const { key, refreshToken } = (await storage.read()) ?? {}
      expect(key).toBeInstanceOf(CryptoKey)
      expect(secrets).toContain(refreshToken)
      expect(piecesIn(['nothing of it', firstOf([{ a: 1 }])])).toEqual([])
      client.dispose()
    }))
})
