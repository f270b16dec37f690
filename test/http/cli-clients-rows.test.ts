// Registered clients, on SQLite and on PostgreSQL alike, and what a running server remembers of them: not for long, not
// without bound, and never an outage.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Client } from 'latchkey/express'
import {
  ClientDirectory,
  ClientError,
  type StoredClient,
} from '../../packages/latchkey-server/src/clients/directory.ts'
import { clientMemoryMs, createClientFinder } from '../../packages/latchkey-server/src/clients/finder.ts'
import { postgresClients } from '../../packages/latchkey-server/src/clients/postgres-clients.ts'
import { sqliteClients } from '../../packages/latchkey-server/src/clients/sqlite-clients.ts'
import { postgresMissing, startPostgres } from '../helpers/postgres.ts'
import { freshFolder, removeFolder } from '../helpers/server.ts'

interface Kept {
  open(): Promise<ClientDirectory>
  /** Makes the rows unreadable. */
  break(): Promise<void>
  remove(): Promise<void>
}

async function inSqlite(): Promise<Kept> {
  const folder = freshFolder()
  const path = join(folder, 'users.db')
  const opened: ClientDirectory[] = []
  return {
    open: async () => {
      const directory = new ClientDirectory(sqliteClients(path))
      opened.push(directory)
      return directory
    },
    break: async () => {
      for (const directory of opened) await directory.close()
      rmSync(path)
    },
    remove: async () => removeFolder(folder),
  }
}

async function inPostgres(): Promise<Kept> {
  const server = await startPostgres({ settings: { fsync: 'off' } })
  const pool = new Pool({ connectionString: server.url() })
  pool.on('error', () => undefined)
  return {
    open: async () => new ClientDirectory(await postgresClients(pool, 'latchkey')),
    break: () => server.kill(),
    remove: async () => {
      await pool.end()
      await server.remove()
    },
  }
}

const kinds: readonly (readonly [string, string | null, () => Promise<Kept>])[] = [
  ['SQLite', null, inSqlite],
  ['PostgreSQL', postgresMissing, inPostgres],
]

const bare = { secretHash: null, scopes: [], signIn: false, refresh: false, dpopBound: false, introspect: false }
const client = (id: string, more: Partial<StoredClient> = {}): StoredClient => ({ ...bare, id, createdAt: 1, ...more })
const hash = `sha256:${'A'.repeat(43)}`

describe.each(kinds)('clients in %s', (_name, missing, start) => {
  let kept: Kept
  let clients: ClientDirectory
  beforeAll(async () => {
    if (missing !== null) return
    kept = await start()
    ;[clients] = (await Promise.all(Array.from({ length: 5 }, () => kept.open()))) as [ClientDirectory]
  })
  afterAll(() => kept?.remove())

  test.skipIf(missing)('come back as they were added, are listed by id, and go', async () => {
    const rights = { signIn: true, refresh: true, dpopBound: true, introspect: true }
    const whole = client('b', { secretHash: hash, scopes: ['read', 'write'], ...rights, createdAt: 1_700_000_000_123 })
    const odd = client(`';DROP/**/TABLE/**/x;--"%_`)
    for (const each of [whole, client('a'), odd]) await clients.add(each)
    expect(await clients.list()).toEqual([odd, client('a'), whole])
    expect(await clients.find('b')).toEqual({ id: 'b', secretHash: hash, scopes: ['read', 'write'], ...rights })
    expect(await clients.find('a')).not.toHaveProperty('secretHash')
    expect([await clients.find('B'), await clients.find('%')]).toEqual([null, null])
    expect([await clients.remove('b'), await clients.remove('b'), await clients.find('b')]).toEqual([true, false, null])
  })

  test.skipIf(missing)('of ten who add one id together, one does', async () => {
    const directories = await Promise.all(Array.from({ length: 10 }, () => kept.open()))
    const results = await Promise.allSettled(directories.map((each) => each.add(client('contested'))))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ClientError)
  })

  test.skipIf(missing)('are bounded (I7)', async () => {
    const one = await kept.open()
    for (let count = (await one.list()).length; count < 1000; count += 1) await one.add(client(`many-${count}`))
    await expect(one.add(client('one-too-many'))).rejects.toBeInstanceOf(ClientError)
    expect(await one.list()).toHaveLength(1000)
  })

  test.skipIf(missing)('that cannot be read are an outage, not unknown clients (I3)', async () => {
    await kept.break()
    const calls = [clients.find('a'), clients.list(), clients.remove('a'), clients.add(client('c'))]
    for (const result of await Promise.allSettled<unknown>(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } })
    }
  })
})

describe('what a server remembers of clients', () => {
  const known: Client = { id: 'app' }

  test('is asked once for a few seconds, also for ids that nobody has, and never longer, whatever the clock does', async () => {
    let now = 1_000_000
    const find = vi.fn(async (id: string): Promise<Client | null> => (id === 'app' ? known : null))
    const finder = createClientFinder({ find }, () => now)
    expect(await Promise.all([finder('app'), finder('app'), finder('nobody'), finder('nobody')])).toEqual([
      known,
      known,
      null,
      null,
    ])
    now += clientMemoryMs - 1
    await finder('app')
    expect(find).toHaveBeenCalledTimes(2)
    now += 1
    await finder('app')
    expect(find).toHaveBeenCalledTimes(3)
    now -= 60_000
    await finder('app')
    expect(find).toHaveBeenCalledTimes(4)
    expect(clientMemoryMs).toBeLessThanOrEqual(5000)
  })

  test('an outage is not remembered (I3)', async () => {
    const answers = [Promise.reject(new Error('away')), Promise.resolve(known)]
    const finder = createClientFinder({ find: () => answers.shift() ?? Promise.resolve(null) }, () => 1)
    await expect(finder('app')).rejects.toThrow('away')
    expect(await finder('app')).toBe(known)
  })

  test('is bounded, however many ids are tried (I7)', async () => {
    const find = vi.fn(async () => null)
    const finder = createClientFinder({ find }, () => 1)
    await finder('first')
    for (let count = 0; count < 1000; count += 1) await finder(`tried ${count}`)
    await finder('tried 999')
    expect(find).toHaveBeenCalledTimes(1001)
    await finder('first')
    expect(find).toHaveBeenCalledTimes(1002)
  })
})
