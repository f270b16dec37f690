// examples/pages.ts runs as it stands, as a process of its own and on the built packages: the whole life of a session
// without a line of script, by forms and links alone.

import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { freePort, inFolder, keepRunning } from '../meta/programs.ts'
import { root } from '../meta/sources.ts'
import { navigation, PageClient, send } from './page-client.ts'

describe('examples/pages.ts', () => {
  test('signs in by a form, shows a page, and signs out, with cookies and without script', async () => {
    await inFolder(async (cwd) => {
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      const program = await keepRunning([join(root, 'examples/pages.ts')], { cwd, env: { PORT: String(port) } })
      expect(program.greeting).toBe(url)
      const client = new PageClient(url)
      const form = { ...navigation('same-origin'), Origin: url, 'Content-Type': 'application/x-www-form-urlencoded' }
      const post = async (path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
        client.keep(await send(url, `POST ${path}`, { ...form, ...headers, ...client.cookies }, body))
      const right = 'username=ada&password=correct+horse+battery&back=%2Fnotes'
      try {
        const asked = await client.visit('GET /notes')
        expect([asked.status, asked.headers.location]).toEqual([303, '/sign-in?back=%2Fnotes'])
        expect((await client.visit('GET /notes', navigation('cross-site'))).text).toContain('http-equiv="refresh"')
        expect((await post('/sign-in', 'username=ada&password=wrong&back=%2Fnotes')).status).toBe(401)
        expect((await post('/sign-in', right, { Origin: 'https://evil.example' })).status).toBe(403)
        const signedIn = await post('/sign-in', right)
        expect([signedIn.status, signedIn.headers.location, client.jar.size]).toEqual([303, '/notes', 3])
        expect((await client.visit('GET /notes')).text).toContain('Notes of user-1')
        client.jar.delete('latchkey-access')
        expect((await client.visit('GET /notes')).text).toContain('Notes of user-1')
        expect(client.jar.has('latchkey-access')).toBe(true)
        expect((await post('/sign-out', '')).status).toBe(303)
        expect([client.jar.size, (await client.visit('GET /notes')).status]).toEqual([0, 303])
        const off = await client.visit('GET /sign-in?back=%2F%2Fevil.example')
        expect(off.text).not.toContain('evil')
      } finally {
        const { code, stderr } = await program.stop()
        expect(code).toBe(0)
        expect(stderr).toContain('LATCHKEY_INSECURE_COOKIES')
      }
    })
  })
})
