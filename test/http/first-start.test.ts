// The very first start, when things happen at the wrong moment: five servers at once on one empty folder, a port that is
// taken, a database that is locked just then. One administrator, whose password is shown to somebody; nothing half done.

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { ask, renew, signIn } from '../helpers/requests.ts'
import { freshFolder, removeFolder, runCommand, TestServer, until, type Env, type Ran } from '../helpers/server.ts'

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = freshFolder()
  try {
    await run(folder)
  } finally {
    removeFolder(folder)
  }
}

const serve = (folder: string, env: Env = {}): Promise<Ran> => runCommand(folder, ['serve', '--json'], env)

async function withTakenPort(run: (port: number) => Promise<void>): Promise<void> {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  try {
    await run((holder.address() as AddressInfo).port)
  } finally {
    holder.close()
  }
}

test.concurrent('a first start that fails for its port does not swallow the administrator’s password', () =>
  inFolder(async (folder) => {
    await withTakenPort(async (port) => void (await serve(folder, { PORT: String(port) })))
    const server = await new TestServer({}, folder).start()
    try {
      expect(server.madeAdministrator).toBe(true)
      await signIn(server.url, server.administrator)
    } finally {
      await server.kill()
    }
  }))

test('five servers started at once on one empty folder: one administrator, one key set, no error', () =>
  inFolder(async (folder) => {
    const servers = await Promise.all(Array.from({ length: 5 }, () => new TestServer({}, folder).start()))
    try {
      expect(servers.filter((server) => server.madeAdministrator)).toHaveLength(1)
      expect(servers.map(({ stderr }) => stderr).join('')).toBe('')
      expect(readdirSync(folder).filter((name) => name.startsWith('keys'))).toEqual(['keys.json'])
      const keys = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')) as { refresh: unknown[] }
      expect(keys.refresh).toHaveLength(1)
      await expectOneDeployment(servers)
    } finally {
      await Promise.all(servers.map((server) => server.kill()))
    }
  }))

// What one of them hands out, all of them take; what one of them ends, none takes any more.
async function expectOneDeployment(servers: readonly TestServer[]): Promise<void> {
  const maker = servers.find((server) => server.madeAdministrator)
  let { accessToken, refreshToken } = await signIn(servers[0]?.url ?? '', maker!.administrator)
  for (const { url } of servers) {
    expect((await ask(url, 'GET /me', { bearer: accessToken })).status).toBe(200)
    const renewed = await renew(url, refreshToken)
    expect(renewed.status).toBe(200)
    ;({ accessToken, refreshToken } = renewed.body as { accessToken: string; refreshToken: string })
  }
  const database = new DatabaseSync(join(maker!.folder, 'latchkey.db'), { readOnly: true })
  expect(database.prepare('SELECT count(*) AS n FROM latchkey_users').get()).toEqual({ n: 1 })
  database.close()
}

// Takes the lock in the moment between the making of the schema and the making of the administrator.
async function lockOnceOpened(path: string): Promise<DatabaseSync> {
  let database: DatabaseSync | undefined
  const isOpened = (): boolean => {
    try {
      database ??= new DatabaseSync(path, { readOnly: false })
      if (database.prepare('SELECT 1 FROM latchkey_keys').get() === undefined) return false
      database.exec('BEGIN IMMEDIATE')
      return true
    } catch {
      return false
    }
  }
  await until('the server has opened its database', () => existsSync(path) && isOpened(), 10_000)
  return database as DatabaseSync
}

test('a first start that cannot make its administrator ends with 4; it does not go on half started', () =>
  inFolder(async (folder) => {
    const starting = runCommand(folder, ['serve', '--json'], {}, '', 6000)
    const locker = await lockOnceOpened(join(folder, 'latchkey.db'))
    const ended = await starting
    locker.close()
    expect(ended).toMatchObject({ code: 4, stdout: '' })
    const server = await new TestServer({}, folder).start()
    expect(server.madeAdministrator).toBe(true)
    await server.kill()
  }))
