// What docs/embedding.md says of backup and restore, done with the very command that it names: a restored backup signs
// nobody out whose session is in it, and undoes what was ended since.

import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { blocksIn, textOf } from './markdown.ts'
import { freePort, inFolder, keepRunning, runShell, type Running } from './programs.ts'
import { root } from './sources.ts'

const [command = ''] = blocksIn(textOf('docs/embedding.md'))
  .filter(({ info, text }) => info === 'sh' && text.includes('VACUUM INTO'))
  .map(({ text }) => text)

test('a restored backup signs nobody out whose session is in it', async () => {
  expect(command).toContain('data/sessions.db')
  await inFolder(async (folder) => {
    const port = await freePort()
    const start = (): Promise<Running> =>
      keepRunning([join(root, 'examples/minimal.ts')], { cwd: folder, env: { PORT: String(port) } })
    const post = (path: string, body: object): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      })
    const tokenFrom = async (answer: Response): Promise<string> => {
      expect(answer.status).toBe(200)
      return ((await answer.json()) as { refreshToken: string }).refreshToken
    }
    const credentials = { username: 'ada', password: 'correct horse battery' }
    const signIn = async (): Promise<string> => tokenFrom(await post('/login', credentials))
    const renew = async (refreshToken: string): Promise<string> => tokenFrom(await post('/token', { refreshToken }))

    let program = await start()
    const [kept, ended] = [await signIn(), await signIn()]
    const backup = await runShell(command.replace('data/sessions.db', 'data/minimal/sessions.db'), { cwd: folder })
    expect(backup.code, backup.stderr).toBe(0)
    const renewed = await renew(await renew(kept))
    await post('/logout', { refreshToken: ended })
    expect((await post('/token', { refreshToken: ended })).status).toBe(403)
    const begunSince = await signIn()
    await program.stop()

    const database = join(folder, 'data/minimal/sessions.db')
    copyFileSync(join(folder, 'sessions.backup.db'), database)
    for (const beside of ['-wal', '-shm']) rmSync(database + beside, { force: true })
    program = await start()
    try {
      await renew(renewed)
      expect((await post('/token', { refreshToken: begunSince })).status).toBe(403)
      await renew(ended)
    } finally {
      await program.stop()
    }
  })
})
