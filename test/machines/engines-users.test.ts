// The server's users, on SQLite and on PostgreSQL: the same rules, and rows that cannot be read are an outage (I3).

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allOf, UserDirectory, UserError } from '../../packages/latchkey-server/src/users/directory.ts'
import { countPostgresUsers, postgresUsers } from '../../packages/latchkey-server/src/users/postgres-users.ts'
import { countSqliteUsers, sqliteUsers } from '../../packages/latchkey-server/src/users/sqlite-users.ts'
import type { UserCount } from '../../packages/latchkey-server/src/users/directory.ts'
import { postgresMissing, startPostgres } from '../helpers/postgres.ts'
import { freshFolder, removeFolder } from '../helpers/server.ts'

interface Kept {
  /** Opens it once more, as another process does. */
  open(): Promise<UserDirectory>
  count(): Promise<UserCount>
  /** Makes the rows unreadable. */
  break(): Promise<void>
  remove(): Promise<void>
}

async function inSqlite(): Promise<Kept> {
  const folder = freshFolder()
  const path = join(folder, 'users.db')
  const directories: UserDirectory[] = []
  return {
    open: async () => {
      const directory = new UserDirectory(sqliteUsers(path))
      directories.push(directory)
      return directory
    },
    count: async () => countSqliteUsers(path),
    break: async () => {
      const [directory] = directories
      await directory?.close()
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
    open: async () => new UserDirectory(await postgresUsers(pool, 'latchkey')),
    count: () => countPostgresUsers(pool, 'latchkey'),
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

describe.each(kinds)('users in %s', (_name, missing, start) => {
  let kept: Kept
  let users: UserDirectory
  beforeAll(async () => {
    if (missing !== null) return
    kept = await start()
    // Made once, however many open it together.
    ;[users] = (await Promise.all(Array.from({ length: 10 }, () => kept.open()))) as [UserDirectory]
  })
  afterAll(() => kept?.remove())

  test.skipIf(missing)('there is none at first', async () => {
    expect([await users.isEmpty(), await allOf(users), await kept.count()]).toEqual([true, [], { all: 0, disabled: 0 }])
  })

  test.skipIf(missing)('a user is found by id and by name, in every case and form of writing', async () => {
    const added = await users.add('Zoë', 'a hash', true, 1_700_000_000_123)
    const stored = {
      id: added.id,
      name: 'Zoë',
      key: 'zoë',
      admin: true,
      scope: '',
      disabledAt: null,
      createdAt: 1_700_000_000_123,
    }
    for (const name of ['Zoë', 'zoë', 'ZOË', 'Zoe\u0308']) {
      expect(await users.byName(name)).toEqual({ ...stored, passwordHash: 'a hash' })
    }
    expect(await users.byId(added.id)).toMatchObject(stored)
    expect([await users.byName('Zoe'), await users.byId('nobody')]).toEqual([null, null])
  })

  test.skipIf(missing)('of ten who add one name together, one does', async () => {
    const directories = await Promise.all(Array.from({ length: 10 }, () => kept.open()))
    const tries = directories.map((directory, index) => directory.add(index % 2 ? 'ada' : 'Ada', 'a hash', false, 1))
    const results = await Promise.allSettled(tries)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(UserError)
  })

  test.skipIf(missing).each(['', ' ada', 'a b', '-a', 'a\0b', 'x'.repeat(65)])('"%s" is no name', async (name) => {
    await expect(users.add(name, 'a hash', false, 1)).rejects.toBeInstanceOf(UserError)
  })

  test.skipIf(missing)('is disabled, enabled and given a password', async () => {
    const { id } = await users.add('bert', 'a hash', false, 1)
    await users.setDisabled(id, 5)
    await users.setPasswordHash(id, 'another hash')
    expect(await users.byId(id)).toMatchObject({ disabledAt: 5, passwordHash: 'another hash' })
    expect((await kept.count()).disabled).toBe(1)
    await users.setDisabled(id, null)
    expect(await users.byId(id)).toMatchObject({ disabledAt: null })
  })

  test.skipIf(missing)('has the scope that he is given, and no text that cannot be one', async () => {
    const { id } = await users.add('emil', 'a hash', false, 1)
    await users.setScope(id, 'read write:all')
    for (const scope of [' ', 'a  b', ' a', 'a"', 'é', 'a\\', `${'a'.repeat(1024)}b`]) {
      await expect(users.setScope(id, scope)).rejects.toBeInstanceOf(UserError)
    }
    expect(await users.byId(id)).toMatchObject({ scope: 'read write:all' })
    await users.setScope(id, '')
    expect(await users.byId(id)).toMatchObject({ scope: '' })
  })

  test.skipIf(missing)('is removed, and his name is free', async () => {
    const { id } = await users.add('dora', 'a hash', false, 1)
    await users.remove(id)
    await users.remove(id)
    expect([await users.byId(id), await users.byName('dora')]).toEqual([null, null])
    await users.add('dora', 'a hash', false, 1)
  })

  test.skipIf(missing)('lists more than a page of them, each once, by name', async () => {
    const names = Array.from({ length: 1203 }, (_, index) => `user${index}`)
    for (let from = 0; from < names.length; from += 100) {
      await Promise.all(names.slice(from, from + 100).map((name) => users.add(name, 'a hash', false, 1)))
    }
    const listed = (await allOf(users)).map(({ name }) => name).filter((name) => name.startsWith('user'))
    expect(listed).toEqual(names.toSorted())
  })

  test.skipIf(missing)('that cannot be read are an outage, not a wrong password (I3)', async () => {
    await kept.break()
    const calls = [users.byName('ada'), users.byId('a'), users.isEmpty(), users.add('carl', 'h', false, 1)]
    for (const result of await Promise.allSettled<unknown>(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } })
    }
  })
})
