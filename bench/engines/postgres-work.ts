// What a PostgreSQL server has done so far, seen from outside: commits of a database, and the processor time of all of
// the server's processes.

import { ask, type PostgresServer } from '../../test/helpers/postgres.ts'
import { familyMs } from '../machine.ts'

/** A backend with nothing to do tells its counters within ten seconds (PGSTAT_IDLE_INTERVAL); a second for good measure. */
const quietMs = 11_000

/** Commits in a database so far, once everybody has told. They are asked of another database, which does not add any. */
export async function commitsIn(server: PostgresServer, database: string): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, quietMs))
  const text = 'SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = $1'
  const [row] = await ask(server, text, [database])
  return Number(row?.['count'])
}

/** Reads the processor time of all of the server's processes so far, in milliseconds; null where nobody says. */
export async function cpuReader(server: PostgresServer): Promise<() => number | null> {
  const [row] = await ask(server, "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1) AS pid")
  const postmaster = Number(row?.['pid'])
  return () => familyMs(postmaster)
}
