// A backup that is put back: who had a session then still has it, who was signed out since is a decision, and the command
// that makes it says what it means.

import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ask, renew, signed, signIn, type Signed } from '../helpers/requests.ts'
import { runCommand, startServer, type Ran, type TestServer } from '../helpers/server.ts'

let server: TestServer
let backupAt = ''
/** Renewed since, ended since, and begun since the backup. */
let sessions: { kept: Signed; ended: Signed; later: Signed }

beforeEach(async () => {
  server = await startServer()
  const before = { kept: await signIn(server.url, server.administrator), ended: await login() }
  await server.stop()
  const backup = join(server.folder, 'backup')
  copyFileSync(server.databasePath, backup)
  backupAt = new Date().toISOString()
  await server.start()
  let { kept } = before
  for (let round = 0; round < 3; round += 1) kept = signed(await renew(server.url, kept.refreshToken))
  await ask(server.url, 'POST /logout', { body: { refreshToken: before.ended.refreshToken } })
  sessions = { kept, ended: before.ended, later: await login() }
  await server.stop()
  copyFileSync(backup, server.databasePath)
})
afterEach(() => server.remove())

const login = (): Promise<Signed> => signIn(server.url, server.administrator)

const restored = (...args: readonly string[]): Promise<Ran> =>
  runCommand(server.folder, ['restored', '--at', backupAt, ...args])

async function statuses(): Promise<number[]> {
  await server.start()
  const { kept, ended, later } = sessions
  const answers: number[] = []
  for (const { refreshToken } of [kept, ended, later]) answers.push((await renew(server.url, refreshToken)).status)
  return answers
}

test('with --keep-sessions whoever had a session has it still, however often renewed since', async () => {
  const { code, stdout } = await restored('--keep-sessions')
  expect([code, stdout]).toEqual([0, expect.stringContaining(`Sessions that began before ${backupAt} go on`)])
  expect(stdout).toMatch(/ended since .* are alive again/)
  expect(await statuses()).toEqual([200, 200, 403])
})

test('with --end-sessions nobody has one, those ended since the backup least of all (I10, SE-9)', async () => {
  const { code, stdout } = await restored('--end-sessions', '--json')
  expect([code, JSON.parse(stdout)]).toEqual([0, { at: backupAt, sessionsEnded: 2 }])
  expect(await statuses()).toEqual([403, 403, 403])
})

test('asks for a decision and for an instant that can be one, and does nothing without', async () => {
  const wrong: readonly (readonly string[])[] = [
    ['--at', backupAt],
    ['--at', backupAt, '--end-sessions', '--keep-sessions'],
    ['--at', '2026-01-31', '--end-sessions'],
    ['--at', '2026-01-31T03:00:00', '--end-sessions'],
    ['--at', '2026-13-31T03:00:00Z', '--end-sessions'],
    ['--at', new Date(Date.now() + 3_600_000).toISOString(), '--end-sessions'],
    ['--end-sessions'],
  ]
  const rans = await Promise.all(wrong.map((args) => runCommand(server.folder, ['restored', ...args])))
  for (const { code, stdout, stderr } of rans) expect([code, stdout, stderr.length > 20]).toEqual([2, '', true])
  expect(await statuses()).toEqual([200, 200, 403])
})
