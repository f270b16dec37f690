// Apps that are no web page: the application says when its user is back, and the first request after that may find a
// socket that the device has lost meanwhile.

import { bodyMode, type LatchkeyClient } from 'latchkey/client'
import { native, type Lifecycle } from 'latchkey/client/native'
import { describe, expect, it } from 'vitest'
import { createClientIn } from '../helpers/client-in.ts'
import { credentials, TabClock, withWorld, type World } from './world/index.ts'

interface App {
  readonly client: LatchkeyClient
  readonly clock: TabClock
  /** `AppState` says that the app is in front again, or `NetInfo` that there is a network. */
  readonly resume: (isOnline?: boolean) => void
  /** How many requests fail from now on, as React Native's do. */
  broken: number
  /** Method and path of every request. */
  readonly sent: string[]
  isFront: boolean
  listeners: number
}

async function withApp({ server }: World, run: (app: App) => Promise<void>): Promise<void> {
  const clock = new TabClock(server.clock.now())
  const wakes = new Set<(isOnline: boolean) => void>()
  const sent: string[] = []
  const lifecycle: Lifecycle = {
    watch: (wake) => {
      wakes.add(wake)
      return () => void wakes.delete(wake)
    },
    isVisible: () => app.isFront,
    isOnline: () => true,
  }
  const patchy: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    sent.push(`${request.method} ${new URL(request.url).pathname}`)
    if (app.broken > 0) {
      app.broken -= 1
      throw new TypeError('Network request failed')
    }
    return fetch(request)
  }
  const { now, elapsed, after } = clock
  const ports = { now, steady: elapsed, after, chance: () => 0.5 }
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void after(ms, resolve))
  const parts = native(lifecycle, { fetch: patchy, elapsed, pause })
  const client = createClientIn(ports, { baseUrl: server.url, transport: bodyMode(), ...parts })
  const resume = (isOnline = true): void => {
    for (const wake of wakes) wake(isOnline)
  }
  const app: App = {
    client,
    clock,
    resume,
    broken: 0,
    sent,
    isFront: true,
    get listeners() {
      return wakes.size
    },
  }
  await client.signIn(credentials)
  sent.length = 0
  try {
    await run(app)
  } finally {
    client.dispose()
  }
}

/** Sends one request and lets time pass until it is over. */
async function sending({ clock }: App, { settle }: World, request: Promise<Response>): Promise<number | string> {
  const outcomes: (number | string)[] = []
  request.then(
    ({ status }) => outcomes.push(status),
    (error: Error) => outcomes.push(error.message),
  )
  for (let steps = 0; steps < 40 && outcomes.length === 0; steps += 1) {
    await settle()
    clock.advance(250)
  }
  return outcomes[0] ?? 'never'
}

describe('an app that says when its user is back', () => {
  it.each(['GET', 'HEAD'])('sends the first request again that finds no network: %s (C44)', (method) =>
    withWorld({}, (world) =>
      withApp(world, async (app) => {
        app.resume()
        app.broken = 1
        expect(await sending(app, world, app.client.fetch('/me', { method }))).toBe(200)
        expect(app.sent).toEqual([`${method} /me`, `${method} /me`])
      }),
    ),
  )

  it('sends it again once, and not for ever (C44)', () =>
    withWorld({}, (world) =>
      withApp(world, async (app) => {
        app.resume()
        app.broken = 9
        expect(await sending(app, world, app.client.fetch('/me'))).toBe('Network request failed')
        expect(app.sent).toEqual(['GET /me', 'GET /me'])
      }),
    ))

  it.each(['POST', 'PATCH'])('never sends again what could be done twice: %s (C39, C44)', (method) =>
    withWorld({}, (world) =>
      withApp(world, async (app) => {
        app.resume()
        app.broken = 1
        expect(await sending(app, world, app.client.fetch('/me', { method, body: 'a' }))).toBe('Network request failed')
        expect(app.sent).toEqual([`${method} /me`])
      }),
    ),
  )

  it('sends nothing again a while later (C44)', () =>
    withWorld({}, (world) =>
      withApp(world, async (app) => {
        app.resume()
        await world.settle()
        app.clock.advance(60_000)
        app.broken = 1
        expect(await sending(app, world, app.client.fetch('/me'))).toBe('Network request failed')
        expect(app.sent).toEqual(['GET /me'])
      }),
    ))

  it('sends nothing again where nobody has come back (C39, C44)', () =>
    withWorld({}, (world) =>
      withApp(world, async (app) => {
        app.clock.advance(60_000)
        app.broken = 1
        expect(await sending(app, world, app.client.fetch('/me'))).toBe('Network request failed')
        expect(app.sent).toEqual(['GET /me'])
      }),
    ))

  it('sends nothing again for a caller who has left (C12, C44)', () =>
    withWorld({}, (world) =>
      withApp(world, async (app) => {
        app.resume()
        app.broken = 1
        const controller = new AbortController()
        const going = app.client.fetch('/me', { signal: controller.signal })
        controller.abort()
        expect(await sending(app, world, going)).not.toBe(200)
        expect(app.sent).toEqual(['GET /me'])
      }),
    ))

  it('is not signed out by a renewal that finds no network at the resume (C31, C44)', () =>
    withWorld({}, (world) =>
      withApp(world, async (app) => {
        world.server.clock.advance(600_000)
        app.clock.sleep(600_000)
        app.clock.advanceSilently(600_000)
        app.broken = 1
        app.resume()
        await world.settle()
        expect(app.client.state).toMatchObject({ status: 'authenticated', degraded: true })
        for (let steps = 0; steps < 12; steps += 1) {
          app.clock.advance(250)
          await world.settle()
        }
        expect(app.client.state).toMatchObject({ status: 'authenticated', degraded: false })
        expect(await sending(app, world, app.client.fetch('/me'))).toBe(200)
      }),
    ))

  it('renews nothing ahead of need while the app is in the background (C27, C44)', () =>
    withWorld({}, (world) =>
      withApp(world, async (app) => {
        app.isFront = false
        for (let minutes = 0; minutes < 30; minutes += 1) {
          world.server.clock.advance(60_000)
          app.clock.advance(60_000)
          await world.settle()
        }
        expect(app.sent).toEqual([])
        app.isFront = true
        app.resume()
        await world.settle()
        // The nonce has become too old meanwhile: two requests, one renewal.
        expect(world.server.told('renewed')).toBe(1)
      }),
    ))

  it('hears no more of it after dispose (C5, C44)', () =>
    withWorld({}, (world) =>
      withApp(world, async (app) => {
        expect(app.listeners).toBe(1)
        app.client.dispose()
        expect([app.listeners, app.clock.waiting]).toEqual([0, []])
      }),
    ))
})
