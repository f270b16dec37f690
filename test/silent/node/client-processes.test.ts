// The client in Node, as processes of their own with one session file: they come to the end of the token together, are
// killed between request and answer and inside the write, and end by themselves.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bodyMode, createClient, plain } from 'latchkey/client'
import { fileStorage } from 'latchkey/client/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { credentials, hold, html, openServer, type TestServer } from '../world/index.ts'
import { startProcess, type Process } from './processes.ts'

let folder: string
let path: string
let server: TestServer
let processes: Process[]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-client-'))
  path = join(folder, 'session.json')
  server = await openServer()
  processes = []
})
afterEach(async () => {
  await Promise.all(processes.map(({ kill }) => kill()))
  await server.close()
  rmSync(folder, { recursive: true })
})

/** Signs in, here, and lets the token expire, by the server's clock and by that of every process. */
async function signInAndExpire(proof = 'session_key'): Promise<void> {
  const client = createClient({
    baseUrl: server.url,
    transport: bodyMode(fileStorage(path)),
    ...(proof === 'plain' && { proof: plain }),
  })
  await client.signIn(credentials)
  client.dispose()
  await expire()
}

async function expire(): Promise<void> {
  server.clock.advance(601_000)
  const storage = fileStorage(path)
  const kept = await storage.read()
  await storage.write({ ...kept!, expiresAt: Date.now() - 1000 })
}

/** A process that asks for `/me` whenever it gets a line, and writes the status or the error's code. */
function startCaller(first = '', args: readonly string[] = []): Process {
  const caller = startProcess(
    `${first}
    const client = createClient({ baseUrl: ${JSON.stringify(server.url)}, transport: bodyMode(fileStorage(${JSON.stringify(path)})) })
    client.on('ended', ({ reason }) => console.log('ended: ' + reason))
    const { createInterface } = await import('node:readline')
    console.log('ready')
    for await (const line of createInterface({ input: process.stdin })) {
      const said = line === 'sign out'
        ? client.signOut().then(({ revoked }) => revoked ? 'signed out' : 'signed out here')
        : client.fetch('/me').then(({ status }) => status)
      console.log(String(await said.catch(({ code, message }) => code ?? message)))
    }`,
    args,
  )
  processes.push(caller)
  return caller
}

async function startCallers(count: number, args: readonly string[] = []): Promise<Process[]> {
  const callers = Array.from({ length: count }, () => startCaller('', args))
  await Promise.all(callers.map(({ next }) => next()))
  return callers
}

const callAll = (callers: readonly Process[]): Promise<string[]> =>
  Promise.all(
    callers.map(({ tell, next }) => {
      tell('call')
      return next()
    }),
  )

const alarms = (): number => server.told('reuse') + server.told('unproved')

describe('several processes with one session file', { timeout: 60_000 }, () => {
  it.each(['session_key', 'plain'] as const)(
    'renew once when their token has expired, with proof %s (C14, C45)',
    async (proof) => {
      await signInAndExpire(proof)
      expect(await callAll(await startCallers(4))).toEqual(['200', '200', '200', '200'])
      expect(server.count('/token')).toBe(1)
      expect(alarms()).toBe(0)
    },
  )

  it('all get in without a lock, where Node has no SQLite (C18, C45)', async () => {
    await signInAndExpire()
    const callers = await startCallers(3, ['--no-experimental-sqlite'])
    expect(await callAll(callers)).toEqual(['200', '200', '200'])
    expect(await callAll(await startCallers(1))).toEqual(['200'])
    expect(alarms()).toBe(0)
  })

  it('keep the session while the server gives nonsense, and go on when it is back (C31)', async () => {
    await signInAndExpire()
    const stop = server.always('/token', html(403))
    expect(await callAll(await startCallers(2))).toEqual(['RefreshUnavailable', 'RefreshUnavailable'])
    stop()
    expect(await callAll(await startCallers(2))).toEqual(['200', '200'])
  })

  it('are all signed out when one of them signs out (C20)', async () => {
    await signInAndExpire()
    const [one, other] = (await startCallers(2)) as [Process, Process]
    expect(await callAll([one, other])).toEqual(['200', '200'])
    one.tell('sign out')
    expect([await one.next(), await one.next()].sort()).toEqual(['ended: signed_out', 'signed out'])
    other.tell('call')
    expect([await other.next(), await other.next()].sort()).toEqual(['401', 'ended: signed_out'])
    expect(readdirSync(folder)).toEqual(['session.json.lock'])
  })
})

describe('a process that is killed', { timeout: 60_000 }, () => {
  it('between request and answer costs nobody the session, and nobody waits for him (C34, C45)', async () => {
    await signInAndExpire()
    const answer = hold('answer')
    server.next('/token', answer)
    const [victim, waiting] = (await startCallers(2)) as [Process, Process]
    victim.tell('call')
    await answer.arrived
    waiting.tell('call')
    await victim.kill()
    expect(await waiting.next()).toBe('200')
    expect([server.count('/token'), server.told('again'), alarms()]).toEqual([2, 1, 0])
    await expire()
    expect(await callAll(await startCallers(1))).toEqual(['200'])
    expect([server.count('/token'), alarms()]).toEqual([3, 0])
  })

  it('inside the write costs nobody the session (C35, C45)', async () => {
    await signInAndExpire()
    const before = await fileStorage(path).read()
    // The draft is on the disk, and has not its name yet.
    const victim = startCaller(`
      const { syncBuiltinESMExports } = await import('node:module')
      const { default: fs } = await import('node:fs/promises')
      fs.rename = () => {
        console.log('writing')
        return new Promise(() => undefined)
      }
      syncBuiltinESMExports()`)
    expect(await victim.next()).toBe('ready')
    victim.tell('call')
    expect(await victim.next()).toBe('writing')
    await victim.kill()
    expect(await fileStorage(path).read()).toEqual(before)
    expect(readdirSync(folder)).toHaveLength(3)
    expect(await callAll(await startCallers(2))).toEqual(['200', '200'])
    expect([server.count('/token'), server.told('again'), alarms()]).toEqual([2, 1, 0])
  })
})

describe('a process that has not disposed of its client', { timeout: 60_000 }, () => {
  const using = (what: string): Process => {
    const ended = startProcess(`
      const storage = fileStorage(${JSON.stringify(path)})
      const client = createClient({ baseUrl: ${JSON.stringify(server.url)}, transport: bodyMode(storage) })
      client.on('change', () => undefined)
      ${what}
      setImmediate(() => console.log(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length))`)
    processes.push(ended)
    return ended
  }

  it.each([
    ['after signing in', `await client.signIn(${JSON.stringify(credentials)})`],
    ['after a call', `await client.signIn(${JSON.stringify(credentials)}); await client.fetch('/me')`],
    ['with nobody signed in', 'await client.restore()'],
  ])('ends by itself %s (C5)', async (_, what) => {
    const { next, end } = using(what)
    expect(await next()).toBe('0')
    expect(await end()).toEqual({ code: 0, stderr: '' })
  })

  it('ends by itself while its renewals fail (C5)', async () => {
    await signInAndExpire()
    server.always('/token', html(502))
    const { next, end } = using('console.log((await client.restore()).degraded)')
    expect([await next(), await next()]).toEqual(['true', '0'])
    expect(await end()).toEqual({ code: 0, stderr: '' })
  })
})
