// examples/silent-script.ts as it stands, as a process of its own and on the built packages, against the ready server with
// the shortest access tokens that it gives out.

import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from '../helpers/server.ts'
import { inFolder, run, type Ended } from '../meta/programs.ts'
import { root } from '../meta/sources.ts'

const script = join(root, 'examples/silent-script.ts')
// The server has another port after a restart, and would have another file.
const sessionFile = 'data/session.json'
const lives = { LATCHKEY_ACCESS_SECONDS: '5', LATCHKEY_LEEWAY_SECONDS: '2', LATCHKEY_STORE_DEADLINE_SECONDS: '1' }

let server: TestServer
beforeEach(async () => {
  server = await startServer(lives)
})
afterEach(() => server.remove())

/** Runs the script with these arguments; with the right password where `signsIn`. */
function start(cwd: string, args: readonly string[], signsIn = false): Promise<Ended> {
  const { username, password } = server.administrator
  const user = signsIn ? ['--user', username] : []
  return run([script, server.url, '--file', sessionFile, ...user, ...args], {
    cwd,
    env: signsIn ? { PASSWORD: password } : {},
  })
}

/** As if the last run were long ago. */
function expire(file: string): void {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/"(expiresAt)": [\d.]+/g, '"$1": 1'), { mode: 0o600 })
}

const linesOf = ({ stdout }: Ended): string[] => stdout.trimEnd().split('\n')
const calls = (...numbers: readonly number[]): string[] => numbers.map((each) => `call ${each}: I am admin`)

describe('examples/silent-script.ts', { timeout: 60_000 }, () => {
  it('signs in once, goes on without a password over the end of its tokens, and signs out (C45)', async () => {
    await inFolder(async (cwd) => {
      const first = await start(cwd, ['--calls', '1'], true)
      expect([first.code, first.stderr, linesOf(first)]).toEqual([0, '', ['signed in as admin', ...calls(1)]])
      const file = join(cwd, sessionFile)
      expect(statSync(file).mode & 0o777).toBe(0o600)

      const second = await start(cwd, ['--calls', '3', '--pause', '3'])
      expect([second.code, second.stderr]).toEqual([0, ''])
      const said = linesOf(second)
      expect(said.filter((line) => line.startsWith('call'))).toEqual(calls(1, 2, 3))
      expect(said).toContain('renewed, for 5 seconds')
      expect(new Set(said.filter((line) => !line.startsWith('call')))).toEqual(new Set(['renewed, for 5 seconds']))

      const kept = readFileSync(file, 'utf8')
      const last = await start(cwd, ['--sign-out'])
      expect([last.code, last.stderr]).toEqual([0, ''])
      expect(linesOf(last)).toContain('signed out')
      expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined()
      const { session } = JSON.parse(kept) as { session: { refreshToken: string } }
      expect(kept).not.toContain(server.administrator.password)
      for (const { stdout, stderr } of [first, second, last]) {
        expect(stdout + stderr).not.toContain(session.refreshToken.slice(0, 16))
      }

      const none = await start(cwd, [])
      expect([none.code, none.stderr]).toEqual([1, 'nobody is signed in: run this with --user and PASSWORD\n'])
    })
  })

  it('says what is wrong by its exit code: a wrong password, a server that is away, a session that was ended', async () => {
    await inFolder(async (cwd) => {
      const wrong = await run([script, server.url, '--user', 'admin'], { cwd, env: { PASSWORD: 'not this one' } })
      expect([wrong.code, wrong.stderr]).toEqual([1, 'not signed in: invalid\n'])

      expect((await start(cwd, ['--calls', '1'], true)).code).toBe(0)
      const file = join(cwd, sessionFile)
      expire(file)
      await server.stop()
      const away = await start(cwd, [])
      expect(away.code).toBe(75)
      expect(away.stderr).toMatch(/^the server cannot be reached \((Offline|RefreshUnavailable)\); the session is kept/)
      await server.start()
      const back = await start(cwd, ['--calls', '1'])
      expect([back.code, linesOf(back).at(-1)]).toEqual([0, 'call 1: I am admin'])

      expire(file)
      const { session } = JSON.parse(readFileSync(file, 'utf8')) as { session: { refreshToken: string } }
      const headers = { 'Content-Type': 'application/json' }
      const body = JSON.stringify({ refreshToken: session.refreshToken })
      expect((await fetch(`${server.url}/logout`, { method: 'POST', headers, body })).status).toBe(204)
      const ended = await start(cwd, [])
      expect([ended.code, linesOf(ended)]).toEqual([1, ['the session is over: revoked']])
      expect(ended.stderr).toBe('nobody is signed in: run this with --user and PASSWORD\n')
    })
  })
})
