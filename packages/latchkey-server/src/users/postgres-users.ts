// Users in PostgreSQL: the same columns as in SQLite, in the schema of the sessions, under a ledger of their own.

import type { Pool, QueryConfig, QueryResult } from 'pg'
import { migratePostgres } from 'latchkey/postgres'
import type { StoredUser, UserCount, UserRows } from './directory.ts'
import { userOf } from './row.ts'

const ledger = 'users_migrations'

// The text columns compare by bytes, so that pages have one order in every locale.
const migrationsOf = (table: string): readonly { readonly name: string; readonly sql: string }[] => [
  {
    name: 'users',
    sql: `
      CREATE TABLE ${table} (
        id            text COLLATE "C" NOT NULL PRIMARY KEY,
        name          text             NOT NULL,
        name_key      text COLLATE "C" NOT NULL UNIQUE,
        password_hash text             NOT NULL,
        admin         boolean          NOT NULL,
        disabled_at   bigint,
        created_at    bigint           NOT NULL
      );
    `,
  },
  { name: 'scope', sql: `ALTER TABLE ${table} ADD COLUMN scope text NOT NULL DEFAULT ''` },
]

/** A statement that takes longer is given up, and its connection with it. */
const statementMs = 5000

/** Opens or makes the users in this schema. The pool stays the caller's. Throws `store_newer`, or what PostgreSQL says. */
export async function postgresUsers(pool: Pool, schema: string): Promise<UserRows> {
  const table = tableIn(schema)
  await migratePostgres(pool, schema, ledger, migrationsOf(table))
  const run = (text: string, ...values: readonly unknown[]): Promise<QueryResult<Record<string, unknown>>> => {
    // No name, so that nothing is kept on a connection that PgBouncer may hand to another.
    const query: QueryConfig & { readonly query_timeout: number } = {
      text,
      values: [...values],
      query_timeout: statementMs,
    }
    return pool.query(query)
  }
  const one = async (text: string, value: string): Promise<StoredUser | null> => {
    const [row] = (await run(text, value)).rows
    return row === undefined ? null : userOf(row)
  }
  const sql = statementsOn(table)
  return {
    insert: async ({ id, name, key, passwordHash, admin, createdAt, scope }) => {
      return (await run(sql.insert, id, name, key, passwordHash, admin, createdAt, scope)).rowCount === 1
    },
    findByKey: (key) => one(sql.findByKey, key),
    findById: (id) => one(sql.findById, id),
    listAfter: async (key, limit) => (await run(sql.list, key, limit)).rows.map(userOf),
    setDisabled: async (id, disabledAt) => void (await run(sql.setDisabled, disabledAt, id)),
    setPasswordHash: async (id, passwordHash) => void (await run(sql.setPasswordHash, passwordHash, id)),
    setScope: async (id, scope) => void (await run(sql.setScope, scope, id)),
    remove: async (id) => void (await run(sql.remove, id)),
    close: async () => undefined,
  }
}

/** How many users there are; changes nothing. Throws what PostgreSQL says. */
export async function countPostgresUsers(pool: Pool, schema: string): Promise<UserCount> {
  const { rows } = await pool.query<Record<string, unknown>>(statementsOn(tableIn(schema)).count)
  return { all: Number(rows[0]?.['n']), disabled: Number(rows[0]?.['disabled']) }
}

const tableIn = (schema: string): string => `"${schema}".users`

const statementsOn = (table: string) =>
  ({
    /** Adds a user, or changes nothing where the key is taken. */
    insert: `INSERT INTO ${table} VALUES ($1, $2, $3, $4, $5, NULL, $6, $7) ON CONFLICT DO NOTHING`,
    findByKey: `SELECT * FROM ${table} WHERE name_key = $1`,
    findById: `SELECT * FROM ${table} WHERE id = $1`,
    /** The next users by key. $1 after, $2 limit. */
    list: `SELECT * FROM ${table} WHERE name_key > $1 ORDER BY name_key LIMIT $2`,
    setDisabled: `UPDATE ${table} SET disabled_at = $1 WHERE id = $2`,
    setPasswordHash: `UPDATE ${table} SET password_hash = $1 WHERE id = $2`,
    setScope: `UPDATE ${table} SET scope = $1 WHERE id = $2`,
    remove: `DELETE FROM ${table} WHERE id = $1`,
    /** How many users there are, and how many of them are disabled. */
    count: `SELECT count(*) AS n, count(disabled_at) AS disabled FROM ${table}`,
  }) as const
