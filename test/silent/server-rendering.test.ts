// The client where there is no page: a module of an application is imported and rendered on a server, for many users at
// once. There it must do nothing by itself, keep nothing for the next user, and let the process end.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bodyMode, createClient } from 'latchkey/client'
import { describe, expect, it } from 'vitest'
import { root } from '../meta/sources.ts'
import { run } from '../meta/programs.ts'
import { credentials, withWorld } from './world/index.ts'

const client = pathToFileURL(join(root, 'packages/latchkey/src/client/index.ts')).href

// Counts, from the very start, whatever could outlive the rendering of a page.
const counted = `
const made = []
const count = (owner, name) => {
  const real = owner?.[name]
  if (typeof real !== 'function') return
  Object.defineProperty(owner, name, { configurable: true, writable: true, value: function (...given) {
    made.push(name)
    return new.target ? Reflect.construct(real, given) : Reflect.apply(real, this, given)
  } })
}
for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'addEventListener', 'BroadcastChannel']) {
  count(globalThis, name)
}
count(EventTarget.prototype, 'addEventListener')
count(process, 'on')
count(process, 'once')
count(globalThis.navigator?.locks, 'request')
const before = { globals: Reflect.ownKeys(globalThis), resources: process.getActiveResourcesInfo().sort() }
const { bodyMode, createClient, plain } = await import(${JSON.stringify(client)})
made.length = 0
`

const told = `
await new Promise((resolve) => queueMicrotask(resolve))
const calls = [...made]
const globals = Reflect.ownKeys(globalThis).filter((name) => !before.globals.includes(name)).map(String)
const resources = process.getActiveResourcesInfo().sort()
process.stdout.write(JSON.stringify({ calls, globals, resources, were: before.resources, ...shown }))
`

interface Told {
  readonly calls: readonly string[]
  readonly globals: readonly string[]
  readonly resources: readonly string[]
  readonly were: readonly string[]
  readonly shown: unknown
}

async function inProcess(script: string, before = counted): Promise<Told> {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', before + script + told]
  const { code, stdout, stderr } = await run(args, { env: { FORCE_COLOR: '0' } })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout) as Told
}

const nothing = (was: Told): void => {
  expect(was.calls).toEqual([])
  expect(was.globals).toEqual([])
  expect(was.resources).toEqual(was.were)
}

describe('a client without window and document', () => {
  it('is imported without a timer, a listener, a request or a global (C43)', async () => {
    // Here the calls of the import itself count too.
    const all = counted.replace('made.length = 0', '')
    nothing(await inProcess('const shown = {}', all))
  })

  it('is constructed, by every kind of options, without a timer, a listener, a request or a lock (C43)', async () => {
    const was = await inProcess(`
      const clients = [
        createClient({ baseUrl: 'https://app.example' }),
        createClient({ baseUrl: 'https://app.example', transport: bodyMode() }),
        createClient({ baseUrl: 'https://app.example', proof: plain, origins: ['https://api.example'] }),
      ]
      for (const each of clients) each.on('change', () => {})
      const shown = { shown: clients.map((each) => each.state.status) }
    `)
    nothing(was)
    expect(was.shown).not.toContain('authenticated')
  })

  it('is constructed with a path, which only a page could complete (C43)', async () => {
    const was = await inProcess(`
      const page = createClient({ baseUrl: '/' })
      const shown = { shown: [page.state === page.state, page.state.status === 'authenticated'] }
    `)
    nothing(was)
    expect(was.shown).toEqual([true, false])
  })

  it('is constructed in a page that has no BroadcastChannel, as those of test environments (C18)', async () => {
    const was = await inProcess(`
      const pageOf = { document: { baseURI: 'http://localhost/', cookie: '', hidden: false }, location: new URL('http://localhost/') }
      Object.assign(globalThis, pageOf, { addEventListener: () => {}, BroadcastChannel: undefined })
      const page = createClient({ baseUrl: '/' })
      const shown = { shown: page.state.status }
      for (const name of Object.keys(pageOf)) delete globalThis[name]
    `)
    expect(was.shown).toBe('unknown')
  })

  it('lets the process end by itself after a session was begun, and without dispose (C5, C43)', async () => {
    const was = await inProcess(`
      const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const accessToken = [part({ alg: 'none' }), part({ sub: 'ada', sid: 'public-id' }), 'none'].join('.')
      const answer = { accessToken, refreshToken: 'lkr1_none', tokenType: 'Bearer', expiresIn: 600, user: {} }
      const ours = createClient({ baseUrl: 'https://app.example', transport: bodyMode(), proof: plain, fetch: async () => Response.json(answer) })
      await ours.signIn({ username: 'ada', password: 'the right one' })
      const shown = { shown: [ours.state.status, await ours.getAccessToken() === accessToken] }
    `)
    expect(was.shown).toEqual(['authenticated', true])
  })

  it('is of one user alone: another client of the same server knows nothing of her (C43)', () =>
    withWorld({}, async ({ server }) => {
      const clients = [1, 2].map(() => createClient({ baseUrl: server.url, transport: bodyMode() }))
      const [ada, visitor] = clients
      await ada?.signIn(credentials)
      expect(ada?.state.status).toBe('authenticated')
      expect((await ada?.fetch('/me'))?.status).toBe(200)
      expect((await visitor?.restore())?.status).toBe('anonymous')
      expect((await visitor?.fetch('/me'))?.status).toBe(401)
      expect(server.count('/token')).toBe(0)
      await expect(visitor?.getAccessToken()).rejects.toMatchObject({ code: 'SignedOut' })
      for (const each of clients) each.dispose()
    }))
})
