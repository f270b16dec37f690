// OAuth clients in the SQLite file of the users.

import { migrate, openDatabase, type Migration } from 'latchkey/sqlite'
import { storedClientOf, type ClientRows } from './directory.ts'

const ledger = 'latchkey_clients_migrations'

const migrations: readonly Migration[] = [
  {
    name: 'clients',
    sql: `
      CREATE TABLE latchkey_clients (
        id          TEXT    NOT NULL PRIMARY KEY,
        secret_hash TEXT,
        scopes      TEXT    NOT NULL,
        sign_in     INTEGER NOT NULL,
        refresh     INTEGER NOT NULL,
        dpop_bound  INTEGER NOT NULL,
        introspect  INTEGER NOT NULL,
        created_at  INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
]

/** How long a write may wait for another process. Writes come from the command line alone. */
const writeWaitMs = 2000

/** Adds a client, or changes nothing where its id is taken or there are `max`. */
const insertSql = `
  INSERT INTO latchkey_clients
  SELECT :id, :secretHash, :scopes, :signIn, :refresh, :dpopBound, :introspect, :createdAt
  WHERE (SELECT count(*) FROM latchkey_clients) < :max
  ON CONFLICT DO NOTHING`

/** Opens or makes the clients of the database file at `path`. Throws `store_newer`, or what SQLite says. */
export function sqliteClients(path: string): ClientRows {
  const database = openDatabase(path, (opened) => migrate(opened, ledger, migrations))
  database.exec(`PRAGMA busy_timeout = ${writeWaitMs}`)
  return {
    insert: async ({ scopes, signIn, refresh, dpopBound, introspect, ...client }, max) => {
      const flags = {
        signIn: Number(signIn),
        refresh: Number(refresh),
        dpopBound: Number(dpopBound),
        introspect: Number(introspect),
      }
      return database.prepare(insertSql).run({ ...client, ...flags, scopes: scopes.join(' '), max }).changes === 1
    },
    find: async (id) => {
      const row = database.prepare('SELECT * FROM latchkey_clients WHERE id = ?').get(id)
      return row === undefined ? null : storedClientOf(row)
    },
    list: async (limit) =>
      database.prepare('SELECT * FROM latchkey_clients ORDER BY id LIMIT ?').all(limit).map(storedClientOf),
    remove: async (id) => database.prepare('DELETE FROM latchkey_clients WHERE id = ?').run(id).changes === 1,
    close: async () => database.close(),
  }
}
