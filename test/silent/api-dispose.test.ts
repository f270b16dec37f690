// The end of a client. A page that mounts and unmounts, a test suite, a script that has done its work: nothing of the
// client may stay behind, and nobody may wait for it for ever.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { credentials, failure, hold, openServer, signedIn, withWorld } from './world/index.ts'

const client = fileURLToPath(new URL('../../packages/latchkey/src/client/index.ts', import.meta.url))

describe('dispose', () => {
  it('removes every listener, timer and channel (C5)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      expect([tab.watchers > 0, tab.clock.waiting.length > 0, world.browser.hub.channels > 0]).toEqual([
        true,
        true,
        true,
      ])
      tab.client.dispose()
      tab.client.dispose()
      await world.settle()
      expect([tab.watchers, tab.clock.waiting, world.browser.hub.channels]).toEqual([0, [], 0])
      const before = world.browser.sent.length
      tab.wake()
      tab.wake(true)
      await world.run(1_200_000, 300_000)
      expect(world.browser.sent.length).toBe(before)
    }))

  it('removes what waits after a failure too (C5)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      world.browser.network = 'down'
      await world.advance(600_000)
      expect(tab.client.state.degraded).toBe(true)
      tab.client.dispose()
      await world.settle()
      expect([tab.watchers, tab.clock.waiting, world.browser.hub.channels]).toEqual([0, [], 0])
    }))

  it('makes every later call throw Disposed (C4, C5)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const disposed = tab.client
      disposed.dispose()
      const calls: (() => unknown)[] = [
        () => disposed.restore(),
        () => disposed.signIn(credentials),
        () => disposed.signOut(),
        () => disposed.fetch('/me'),
        () => disposed.getAccessToken(),
        () => disposed.on('change', () => undefined),
      ]
      for (const call of calls) expect(await failure(Promise.resolve().then(call))).toBe('Disposed')
    }))

  it('leaves nobody waiting who had called before (C5)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      tab.isVisible = false
      await world.advance(600_000)
      const held = hold()
      world.server.next('/token', held)
      const calls = [tab.client.getAccessToken(), tab.client.fetch('/me'), tab.client.restore()]
      const settled = Promise.allSettled(calls)
      await held.arrived
      tab.client.dispose()
      held.release()
      await settled
      await world.settle()
      expect([tab.watchers, tab.clock.waiting, world.browser.hub.channels]).toEqual([0, [], 0])
      expect(tab.told.filter(({ name }) => name !== 'change')).toEqual([])
    }))

  it('in the middle of a sign-in or a sign-out throws nothing but Disposed (C5)', () =>
    withWorld({}, async (world) => {
      const [one, other] = [await signedIn(world), world.browser.openTab()]
      const leaving = failure(one.client.signOut())
      const coming = failure(other.client.signIn(credentials))
      one.client.dispose()
      other.client.dispose()
      for (const outcome of [await leaving, await coming]) {
        if (typeof outcome === 'string') expect(outcome).toBe('Disposed')
        else expect(outcome.instead).not.toBeInstanceOf(Error)
      }
      await world.settle()
      for (const { watchers, clock } of [one, other]) expect([watchers, clock.waiting]).toEqual([0, []])
    }))

  it('of one client leaves the others of its page alone (C5, C9)', () =>
    withWorld({}, async (world) => {
      const tab = await signedIn(world)
      const other = tab.createClient()
      await other.restore()
      tab.client.dispose()
      await world.advance(600_000)
      expect((await other.fetch('/me')).status).toBe(200)
      other.dispose()
      await world.settle()
      expect([tab.watchers, tab.clock.waiting, world.browser.hub.channels]).toEqual([0, [], 0])
    }))
})

describe('a script in Node', () => {
  it('ends by itself, though its client was never disposed of and a renewal is ahead (C5)', async () => {
    const server = await openServer()
    const script = `
      import { bodyMode, createClient } from ${JSON.stringify(client)}
      const client = createClient({ baseUrl: ${JSON.stringify(server.url)}, transport: bodyMode() })
      client.on('change', () => undefined)
      await client.signIn(${JSON.stringify(credentials)})
      console.log((await client.fetch('/me')).status)`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { timeout: 15_000 })
    const said: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
    const [code] = (await once(child, 'close')) as [number | null]
    expect([Buffer.concat(said).toString(), code]).toEqual(['200\n', 0])
    await server.close()
  })
})
