// What the command line does with users and sessions beside a running server, as a script sees it: whoever is disabled
// or gets a new password is out within a moment, everywhere; a password is shown once or never, and is no argument.

import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, claimsOf, renew, signIn, type Signed } from '../helpers/requests.ts'
import { addUser, runCommand, startServer, until, type Ran, type TestServer } from '../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.remove())

const run = (...args: readonly string[]): Promise<Ran> => runCommand(server.folder, args)
const withInput = (stdin: string, ...args: readonly string[]): Promise<Ran> =>
  runCommand(server.folder, args, {}, stdin)

async function json(...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run(...args, '--json')
  expect([code, stderr, stdout.endsWith('\n'), stdout.trim().split('\n').length]).toEqual([0, '', true, 1])
  return JSON.parse(stdout)
}

const text = expect.any(String) as string
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string

test.concurrent('users add makes a password and shows it once; it works at once on the running server', async () => {
  const added = (await json('users', 'add', 'ada')) as { readonly password: string }
  expect(added).toEqual({ id: text, name: 'ada', admin: false, disabledAt: null, createdAt: instant, password: text })
  expect((await signIn(server.url, { username: 'ada', password: added.password })).user).toMatchObject({ name: 'ada' })
  expect(JSON.stringify(await json('users', 'list'))).not.toContain(added.password)
})

test.concurrent('users add takes a password from standard input, does not show it, and makes administrators', async () => {
  const { code, stdout } = await withInput(
    'the word of bert\n',
    'users',
    'add',
    'bert',
    '--admin',
    '--password-stdin',
    '--json',
  )
  expect([code, stdout.includes('the word of bert')]).toEqual([0, false])
  const { user } = await signIn(server.url, { username: 'bert', password: 'the word of bert' })
  expect(user).toMatchObject({ name: 'bert', admin: true })
})

test.concurrent('a password never comes as an argument, and is not repeated in the complaint about it', async () => {
  const tried = [
    ['add', 'carla', '--password', 'hush-hush-hush'],
    ['add', 'carla', 'hush-hush-hush'],
    ['passwd', 'admin', '--password=hush-hush-hush'],
    ['passwd', 'admin', 'hush-hush-hush'],
  ]
  const rans = await Promise.all(tried.map((args) => run('users', ...args)))
  for (const [index, { code, stdout, stderr }] of rans.entries()) {
    const shown = `${stdout}${stderr}`.includes('hush-hush-hush')
    expect([tried[index], code, shown]).toEqual([tried[index], 2, false])
  }
  expect(JSON.stringify(await json('users', 'list'))).not.toContain('carla')
})

test.concurrent.each([
  ['a name that is taken, in another case', 'ADMIN', 'long enough'],
  ['a name with a space', 'a b', 'long enough'],
  ['a short password', 'dave', 'short'],
  ['a password with a NUL', 'dave', 'long enough\0'],
])('users add ends with 1 and one sentence for %s', async (_name, user, password) => {
  const { code, stdout, stderr } = await withInput(`${password}\n`, 'users', 'add', user, '--password-stdin')
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^latchkey-server: [^\n]+\n$/)
  if (password !== '') expect(stderr).not.toContain(password)
})

async function expectOutWithin(signed: Signed, ms: number): Promise<void> {
  const refused = async () => (await ask(server.url, 'GET /me', { bearer: signed.accessToken })).status === 401
  await until('the access token is refused', refused, ms)
  expect((await renew(server.url, signed.refreshToken)).status).toBe(403)
}

test.concurrent('users disable ends every session on the running server within a second, and nobody else’s (I10, RT-13, SE-7)', async () => {
  const eve = await addUser(server.folder, 'eve', 'the word of eve')
  const sessions = [await signIn(server.url, eve), await signIn(server.url, eve)]
  const other = await signIn(server.url, server.administrator)
  for (const { accessToken } of sessions) await ask(server.url, 'GET /me', { bearer: accessToken })
  expect(await json('users', 'disable', 'eve')).toEqual({ name: 'eve', disabled: true, sessionsEnded: 2 })
  for (const session of sessions) await expectOutWithin(session, 1000)
  expect((await ask(server.url, 'POST /login', { body: eve })).status).toBe(401)
  expect((await ask(server.url, 'GET /me', { bearer: other.accessToken })).status).toBe(200)
  expect(await json('users', 'enable', 'eve')).toEqual({ name: 'eve', disabled: false })
  expect((await ask(server.url, 'POST /login', { body: eve })).status).toBe(200)
  expect((await renew(server.url, sessions[0]?.refreshToken ?? '')).status).toBe(403)
})

test.concurrent('users passwd ends the sessions begun with the old password within a second (I10, RT-13, SE-8)', async () => {
  const finn = await addUser(server.folder, 'finn', 'the old word of finn')
  const session = await signIn(server.url, finn)
  const { code, stdout } = await withInput(
    'the new word of finn\n',
    'users',
    'passwd',
    'finn',
    '--password-stdin',
    '--json',
  )
  expect([code, JSON.parse(stdout)]).toEqual([0, { name: 'finn', sessionsEnded: 1 }])
  await expectOutWithin(session, 1000)
  expect((await ask(server.url, 'POST /login', { body: finn })).status).toBe(401)
  expect((await signIn(server.url, { ...finn, password: 'the new word of finn' })).tokenType).toBe('Bearer')
  const made = (await json('users', 'passwd', 'finn')) as { readonly password: string }
  expect(made).toEqual({ name: 'finn', sessionsEnded: 1, password: text })
  expect((await signIn(server.url, { ...finn, password: made.password })).tokenType).toBe('Bearer')
})

test.concurrent('sessions list and revoke: by id and by user, at once on the running server (SE-9)', async () => {
  const gina = await addUser(server.folder, 'gina', 'the word of gina')
  const [one, two, three] = [
    await signIn(server.url, gina),
    await signIn(server.url, gina),
    await signIn(server.url, gina),
  ]
  const listed = await json('sessions', 'list', '--user', 'gina')
  const common = { user: 'gina', proof: 'plain', generation: 1, label: 'Node.js', place: '127.0.0.0' }
  const ids = [three, two, one].map(({ accessToken }) => claimsOf(accessToken)['sid'])
  const times = { createdAt: instant, lastSeenAt: instant, expiresAt: instant }
  expect(listed).toEqual(ids.map((id) => ({ id, ...common, ...times })))
  expect(await json('sessions', 'revoke', String(claimsOf(one.accessToken)['sid']))).toEqual({ sessionsEnded: 1 })
  await expectOutWithin(one, 1000)
  expect((await ask(server.url, 'GET /me', { bearer: two.accessToken })).status).toBe(200)
  expect(await json('sessions', 'revoke', '--user', 'gina')).toEqual({ sessionsEnded: 2 })
  for (const session of [two, three]) await expectOutWithin(session, 1000)
  expect(await json('sessions', 'list', '--user', 'gina')).toEqual([])
})

test.concurrent('sweep deletes what ended longer ago than the retention, and nothing else, beside the running server (PR-3)', async () => {
  const [dead, ended, live] = [
    await signIn(server.url, server.administrator),
    await signIn(server.url, server.administrator),
    await signIn(server.url, server.administrator),
  ]
  for (const { refreshToken } of [dead, ended]) await ask(server.url, 'POST /logout', { body: { refreshToken } })
  const database = new DatabaseSync(server.databasePath)
  database.exec('PRAGMA busy_timeout = 5000')
  const id = Buffer.from(String(claimsOf(dead.accessToken)['sid']), 'base64url')
  const old = Date.now() - 86_400_000 - 60_000
  database.prepare('UPDATE latchkey_sessions SET revoked_at = ? WHERE public_id = ?').run(old, id)
  database.close()
  expect(await json('sweep')).toEqual({ removed: 1, auditRows: 0 })
  expect(await json('sweep')).toEqual({ removed: 0, auditRows: 0 })
  for (const { refreshToken } of [dead, ended]) expect((await renew(server.url, refreshToken)).status).toBe(403)
  expect((await renew(server.url, live.refreshToken)).status).toBe(200)
})
