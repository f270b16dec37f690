// Users in an SQLite file, by default the one that the sessions are in.

import { DatabaseSync } from 'node:sqlite'
import { migrate, openDatabase, type Migration } from 'latchkey/sqlite'
import type { StoredUser, UserCount, UserRows } from './directory.ts'
import { userOf } from './row.ts'

const ledger = 'latchkey_users_migrations'

const migrations: readonly Migration[] = [
  {
    name: 'users',
    sql: `
      CREATE TABLE latchkey_users (
        id            TEXT    NOT NULL PRIMARY KEY,
        name          TEXT    NOT NULL,
        name_key      TEXT    NOT NULL UNIQUE,
        password_hash TEXT    NOT NULL,
        admin         INTEGER NOT NULL,
        disabled_at   INTEGER,
        created_at    INTEGER NOT NULL
      ) STRICT;
    `,
  },
  { name: 'scope', sql: "ALTER TABLE latchkey_users ADD COLUMN scope TEXT NOT NULL DEFAULT ''" },
]

/** How long a write may wait for another process. Writes come from the command line and the first start alone. */
const writeWaitMs = 2000

/** Adds a user, or changes nothing where the key is taken. */
const insertSql =
  'INSERT INTO latchkey_users VALUES (:id, :name, :key, :passwordHash, :admin, NULL, :createdAt, :scope) ON CONFLICT DO NOTHING'
/** The next users by key. `after`, `limit`. */
const listSql = 'SELECT * FROM latchkey_users WHERE name_key > ? ORDER BY name_key LIMIT ?'
/** How many users there are, and how many of them are disabled. */
const countSql = 'SELECT count(*) AS n, count(disabled_at) AS disabled FROM latchkey_users'

/** Opens or makes the users of the database file at `path`. Throws `store_newer`, or what SQLite says. */
export function sqliteUsers(path: string): UserRows {
  const database = openDatabase(path, (opened) => migrate(opened, ledger, migrations))
  database.exec(`PRAGMA busy_timeout = ${writeWaitMs}`)
  const one = (sql: string, value: string): StoredUser | null => {
    const row = database.prepare(sql).get(value)
    return row === undefined ? null : userOf(row)
  }
  return {
    insert: async ({ id, name, key, passwordHash, admin, createdAt, scope }) => {
      const row = { id, name, key, passwordHash, admin: Number(admin), createdAt, scope }
      return database.prepare(insertSql).run(row).changes === 1
    },
    findByKey: async (key) => one('SELECT * FROM latchkey_users WHERE name_key = ?', key),
    findById: async (id) => one('SELECT * FROM latchkey_users WHERE id = ?', id),
    listAfter: async (key, limit) => database.prepare(listSql).all(key, limit).map(userOf),
    setDisabled: async (id, disabledAt) => {
      database.prepare('UPDATE latchkey_users SET disabled_at = ? WHERE id = ?').run(disabledAt, id)
    },
    setPasswordHash: async (id, passwordHash) => {
      database.prepare('UPDATE latchkey_users SET password_hash = ? WHERE id = ?').run(passwordHash, id)
    },
    setScope: async (id, scope) => {
      database.prepare('UPDATE latchkey_users SET scope = ? WHERE id = ?').run(scope, id)
    },
    remove: async (id) => {
      database.prepare('DELETE FROM latchkey_users WHERE id = ?').run(id)
    },
    close: async () => database.close(),
  }
}

/** How many users there are; changes nothing. Throws what SQLite says. */
export function countSqliteUsers(path: string): UserCount {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const row = database.prepare(countSql).get()
    return { all: Number(row?.['n']), disabled: Number(row?.['disabled']) }
  } finally {
    database.close()
  }
}
