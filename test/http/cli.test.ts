// The command line in general: help and exit codes of every command, tables for people, a locked database.

import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshFolder, removeFolder, runCommand, startServer, type Ran, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.remove())

const run = (...args: readonly string[]): Promise<Ran> => runCommand(server.folder, args)

test.concurrent('for people, lists are tables and changes are sentences; no JSON anywhere', async () => {
  const users = await run('users', 'list')
  expect(users.stdout.split('\n')[0]).toMatch(/^NAME +ROLE +STATE +CREATED \(UTC\) +ID +SCOPE$/)
  const sessions = await run('sessions', 'list')
  expect(sessions.stdout.split('\n')[0]).toMatch(
    /^ID +USER +PROOF +GENERATION +CREATED \(UTC\) +LAST SEEN +DEVICE +PLACE$/,
  )
  for (const { code, stdout, stderr } of [users, sessions, await run('sweep'), await run('doctor')]) {
    expect([code, stderr, stdout.includes('{')]).toEqual([0, '', false])
  }
})

test.concurrent.each([
  ['users disable nobody', 3],
  ['sessions revoke --user nobody', 3],
  ['sessions revoke AAAAAAAAAAAAAAAAAAAAAA', 3],
  ['sessions revoke', 2],
  ['users add', 2],
  ['users frobnicate', 2],
  ['serve --port 80', 2],
  ['doctor now', 2],
  ['', 2],
])('"%s" ends with %i, and says why on standard error alone', async (line, code) => {
  const ran = await run(...line.split(' ').filter(Boolean))
  expect([ran.code, ran.stdout]).toEqual([code, ''])
  expect(ran.stderr).not.toMatch(/ at .*:\d+:\d+|node:internal/)
  expect(ran.stderr.length).toBeGreaterThan(10)
})

test.concurrent('every command explains itself with --help and ends with 0, in a folder that is not there yet too', async () => {
  const folder = freshFolder()
  removeFolder(folder)
  const all = ['', 'serve', 'users add', 'sessions', 'doctor']
  const rans = await Promise.all(all.map((line) => runCommand(folder, [...line.split(' ').filter(Boolean), '--help'])))
  for (const { code, stdout, stderr } of rans) {
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Usage: latchkey-server/)
  }
  expect(rans[0]?.stdout).toContain('LATCHKEY_STORE_DEADLINE_SECONDS')
  for (const code of [0, 1, 2, 3, 4]) expect(rans[0]?.stdout).toMatch(new RegExp(`^ +${code}  \\w`, 'm'))
})

test.concurrent('a database that is locked ends a command with 4, and nothing was done', async () => {
  const own = await startServer()
  await own.stop()
  const locker = new DatabaseSync(own.databasePath)
  locker.exec('BEGIN IMMEDIATE')
  const rans = await Promise.all(
    [
      ['users', 'add', 'hugo'],
      ['serve', '--json'],
    ].map((args) => runCommand(own.folder, args)),
  )
  expect(locker.prepare('SELECT count(*) AS n FROM latchkey_users').get()).toEqual({ n: 1 })
  locker.close()
  await own.remove()
  for (const { code, stdout, stderr } of rans) {
    expect([code, stdout]).toEqual([4, ''])
    expect(stderr).toMatch(/^latchkey-server: [^\n]+\n$/)
  }
})
