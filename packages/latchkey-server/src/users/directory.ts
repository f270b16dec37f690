// The server's users, in the same SQLite file as its sessions. Names are compared without regard to case; passwords
// are kept as argon2id hashes only.

import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { LatchkeyError } from 'latchkey'
import { migrate, openDatabase, type Migration } from 'latchkey/sqlite'

export interface User {
  readonly id: string
  readonly name: string
  readonly admin: boolean
  /** Epoch milliseconds; null while the user may sign in. */
  readonly disabledAt: number | null
  readonly createdAt: number
}

export interface StoredUser extends User {
  readonly passwordHash: string
}

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
]

/** How long a write may wait for another process. Writes come from the command line and the first start alone. */
const writeWaitMs = 2000
const namePattern = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u

/** What is wrong with a user's name or is already taken, in words for the operator. */
export class UserError extends Error {
  override readonly name = 'UserError'
}

export class UserDirectory {
  readonly #database: ReturnType<typeof openDatabase>

  constructor(path: string) {
    this.#database = openDatabase(path, (database) => migrate(database, 'latchkey_users_migrations', migrations))
    this.#database.exec(`PRAGMA busy_timeout = ${writeWaitMs}`)
  }

  /** Adds a user. Throws UserError where the name is taken or cannot be a name. */
  add(name: string, passwordHash: string, admin: boolean, now: number): User {
    const tidy = name.normalize('NFC')
    if (!namePattern.test(tidy)) {
      throw new UserError('a name has 1 to 64 letters, digits and . _ @ + -, and begins with a letter or digit')
    }
    const id = randomUUID()
    const added = this.#database
      .prepare(
        `INSERT INTO latchkey_users VALUES (:id, :name, :key, :passwordHash, :admin, NULL, :now) ON CONFLICT DO NOTHING`,
      )
      .run({ id, name: tidy, key: keyOf(tidy), passwordHash, admin: Number(admin), now })
    if (added.changes === 0) throw new UserError(`there is a user ${tidy} already`)
    return { id, name: tidy, admin, disabledAt: null, createdAt: now }
  }

  byName(name: string): StoredUser | null {
    return this.#one('SELECT * FROM latchkey_users WHERE name_key = ?', keyOf(name))
  }

  byId(id: string): StoredUser | null {
    return this.#one('SELECT * FROM latchkey_users WHERE id = ?', id)
  }

  list(): User[] {
    return this.#database.prepare('SELECT * FROM latchkey_users ORDER BY name_key').all().map(userOf)
  }

  isEmpty(): boolean {
    return this.#database.prepare('SELECT 1 FROM latchkey_users LIMIT 1').get() === undefined
  }

  setDisabled(id: string, disabledAt: number | null): void {
    this.#database.prepare('UPDATE latchkey_users SET disabled_at = ? WHERE id = ?').run(disabledAt, id)
  }

  setPasswordHash(id: string, passwordHash: string): void {
    this.#database.prepare('UPDATE latchkey_users SET password_hash = ? WHERE id = ?').run(passwordHash, id)
  }

  close(): void {
    this.#database.close()
  }

  #one(sql: string, value: string): StoredUser | null {
    const row = this.#read(sql, value)
    return row === undefined ? null : { ...userOf(row), passwordHash: String(row['password_hash']) }
  }

  // A directory that cannot be read says nothing about anybody: that is an outage, not a wrong password.
  #read(sql: string, value: string): Record<string, unknown> | undefined {
    try {
      return this.#database.prepare(sql).get(value)
    } catch (cause) {
      throw new LatchkeyError('store_unavailable', { cause })
    }
  }
}

/** How many users there are, and how many of them are disabled; changes nothing. Throws what SQLite says. */
export function countUsers(path: string): { readonly all: number; readonly disabled: number } {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    const row = database.prepare('SELECT count(*) AS n, count(disabled_at) AS disabled FROM latchkey_users').get()
    return { all: Number(row?.['n']), disabled: Number(row?.['disabled']) }
  } finally {
    database.close()
  }
}

const keyOf = (name: string): string => name.normalize('NFKC').toLowerCase()

function userOf(row: Record<string, unknown>): User {
  return {
    id: String(row['id']),
    name: String(row['name']),
    admin: row['admin'] === 1,
    disabledAt: row['disabled_at'] as number | null,
    createdAt: row['created_at'] as number,
  }
}
