// The programs of examples/ run as they stand, as processes of their own and on the built packages, and do what they say.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { storeContract } from 'latchkey/testing'
import { describe, expect, test } from 'vitest'
import { freePort, inFolder, keepRunning, run, startReadyServer } from '../meta/programs.ts'
import { root } from '../meta/sources.ts'

const example = (name: string): string => join(root, `examples/${name}.ts`)

describe('examples/minimal.ts', () => {
  test('lets everybody read what is public, and only the signed in what is not', async () => {
    await inFolder(async (cwd) => {
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      const program = await keepRunning([example('minimal')], { cwd, env: { PORT: String(port) } })
      expect(program.greeting).toBe(url)
      try {
        expect((await fetch(url)).status).toBe(200)
        expect((await fetch(`${url}/secret`)).status).toBe(401)
        const headers = { 'Content-Type': 'application/json' }
        const post = (path: string, body: object): Promise<Response> =>
          fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
        expect((await post('/login', { username: 'ada', password: 'wrong' })).status).toBe(401)
        const signedIn = await post('/login', { username: 'ada', password: 'correct horse battery' })
        const { user, refreshToken } = (await signedIn.json()) as { user: unknown; refreshToken: string }
        expect(user).toEqual({ name: 'Ada', id: 'user-1' })
        const { accessToken } = (await (await post('/token', { refreshToken })).json()) as { accessToken: string }
        const secret = await fetch(`${url}/secret`, { headers: { Authorization: `Bearer ${accessToken}` } })
        expect([secret.status, await secret.json()]).toEqual([200, { for: 'user-1' }])
        expect(statSync(join(cwd, 'data/minimal/keys.json')).mode & 0o777).toBe(0o600)
      } finally {
        expect((await program.stop()).code).toBe(0)
      }
    })
  })
})

describe('examples/own-store.ts', () => {
  test('passes the whole contract', async () => {
    const names: string[] = []
    storeContract({
      test: (name) => void names.push(name),
      open: () => Promise.reject(new Error('nothing is run here: the names are counted')),
    })
    const { code, stdout } = await inFolder((cwd) => run([example('own-store')], { cwd }))
    expect(stdout).toMatch(new RegExp(`^\\S+ pass ${names.length}$`, 'm'))
    expect(stdout).toMatch(/^\S+ fail 0$/m)
    expect(names.length).toBeGreaterThan(50)
    expect(code).toBe(0)
  })
})

describe('examples/keyed-client.ts', () => {
  test('renews, loses an answer, renews again and signs out, and a copy of its token is worth nothing', async () => {
    await inFolder(async (cwd) => {
      const { url, password, stop } = await startReadyServer(cwd)
      try {
        const { code, stdout, stderr } = await run([example('keyed-client'), url, 'admin'], {
          cwd,
          env: { PASSWORD: password },
        })
        expect(stderr).toBe('')
        expect(stdout.trimEnd().split('\n')).toEqual([
          'signed in; the session key will not travel again',
          'renewed',
          'renewed again, and the answer is lost: this client still holds the token before it',
          'renewed with the old token: the very same successor',
          'somebody with a copy of the token, but no key: 403',
          'the owner goes on',
          'signed out; the same token now: 403',
        ])
        expect(code).toBe(0)
        const wrong = await run([example('keyed-client'), url, 'admin'], { cwd, env: { PASSWORD: 'not this one' } })
        expect(wrong.stderr).toContain('401 invalid: The credentials are wrong.')
        expect(wrong.code).toBe(1)
      } finally {
        expect((await stop()).code).toBe(0)
      }
    })
  })
})
