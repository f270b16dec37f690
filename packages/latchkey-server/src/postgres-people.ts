// What is kept beside sessions in PostgreSQL: users, OAuth clients and the audit trail. Apart, so that a server on SQLite
// starts without loading any of it.

import type { Pool } from 'pg'
import type { AuditRows } from './audit/rows.ts'
import { postgresAudit } from './audit/postgres-audit.ts'
import type { ClientRows } from './clients/directory.ts'
import { postgresClients } from './clients/postgres-clients.ts'
import type { UserRows } from './users/directory.ts'
import { postgresUsers } from './users/postgres-users.ts'

/** Opens or makes their tables in this schema, one after the other. Throws `store_newer`, or what PostgreSQL says. */
export async function postgresPeople(
  pool: Pool,
  schema: string,
): Promise<{ readonly users: UserRows; readonly clients: ClientRows; readonly audit: AuditRows }> {
  const users = await postgresUsers(pool, schema)
  const clients = await postgresClients(pool, schema)
  return { users, clients, audit: await postgresAudit(pool, schema) }
}
