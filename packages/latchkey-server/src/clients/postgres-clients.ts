// OAuth clients in PostgreSQL: the same columns as in SQLite, in the schema of the users.

import type { Pool, QueryConfig, QueryResult } from 'pg'
import { migratePostgres } from 'latchkey/postgres'
import { storedClientOf, type ClientRows } from './directory.ts'

const ledger = 'clients_migrations'

const migrationsOf = (table: string): readonly { readonly name: string; readonly sql: string }[] => [
  {
    name: 'clients',
    sql: `
      CREATE TABLE ${table} (
        id          text COLLATE "C" NOT NULL PRIMARY KEY,
        secret_hash text,
        scopes      text    NOT NULL,
        sign_in     boolean NOT NULL,
        refresh     boolean NOT NULL,
        dpop_bound  boolean NOT NULL,
        introspect  boolean NOT NULL,
        created_at  bigint  NOT NULL
      );
    `,
  },
]

/** A statement that takes longer is given up, and its connection with it. */
const statementMs = 5000

/** Opens or makes the clients in this schema. The pool stays the caller's. Throws `store_newer`, or what PostgreSQL says. */
export async function postgresClients(pool: Pool, schema: string): Promise<ClientRows> {
  const table = `"${schema}".clients`
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
  // Adds a client, or changes nothing where its id is taken or there are $9.
  const insert = `
    INSERT INTO ${table} SELECT $1, $2, $3, $4, $5, $6, $7, $8
    WHERE (SELECT count(*) FROM ${table}) < $9 ON CONFLICT DO NOTHING`
  return {
    insert: async ({ id, secretHash, scopes, signIn, refresh, dpopBound, introspect, createdAt }, max) => {
      const flags = [signIn, refresh, dpopBound, introspect]
      return (await run(insert, id, secretHash, scopes.join(' '), ...flags, createdAt, max)).rowCount === 1
    },
    find: async (id) => {
      const [row] = (await run(`SELECT * FROM ${table} WHERE id = $1`, id)).rows
      return row === undefined ? null : storedClientOf(row)
    },
    list: async (limit) => (await run(`SELECT * FROM ${table} ORDER BY id LIMIT $1`, limit)).rows.map(storedClientOf),
    remove: async (id) => (await run(`DELETE FROM ${table} WHERE id = $1`, id)).rowCount === 1,
    close: async () => undefined,
  }
}
