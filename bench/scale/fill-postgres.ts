// Fills the store's schema in PostgreSQL with numbered sessions, by one statement, after the store has made it; and, for
// comparison alone, makes the table of sessions anew as eight partitions.

import { Client } from 'pg'
import { browser } from '../server/seed.ts'
import { openStore } from '../server/stores.ts'
import { deadEvery, firstAt, instants, type Instants } from './numbered.ts'

const partitions = 8

/** `sessions` numbered sessions, vacuumed and analysed. The database must be empty. */
export async function fillPostgres(url: string, sessions: number, partitioned: boolean): Promise<void> {
  await (await openStore('postgres', url)).close()
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    if (partitioned) await partition(client)
    await client.query(insertion(sessions))
    await client.query('VACUUM ANALYZE latchkey.sessions')
    await client.query('CHECKPOINT')
  } finally {
    await client.end()
  }
}

/** Bytes of the table of sessions with its indexes, partitions included. */
export async function bytesOfSessions(url: string): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ bytes: string }>(
      `SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class
       WHERE relnamespace = 'latchkey'::regnamespace AND relkind = 'r' AND relname ~ '^(sessions|part_)'`,
    )
    return Number(rows[0]?.bytes)
  } finally {
    await client.end()
  }
}

async function partition(client: Client): Promise<void> {
  const { rows } = await client.query<{ storage: string }>(
    "SELECT array_to_string(reloptions, ', ') AS storage FROM pg_class WHERE oid = 'latchkey.sessions'::regclass",
  )
  const storage = rows[0]?.storage ?? ''
  const parts = Array.from(
    { length: partitions },
    (_, part) =>
      `CREATE TABLE latchkey.part_${part} PARTITION OF latchkey.sessions FOR VALUES WITH (MODULUS ${partitions}, REMAINDER ${part}) WITH (${storage});`,
  )
  await client.query(`
    ALTER TABLE latchkey.sessions RENAME TO plain;
    CREATE TABLE latchkey.sessions (LIKE latchkey.plain INCLUDING ALL) PARTITION BY HASH (sid);
    DROP TABLE latchkey.plain;
    ${parts.join('\n')}`)
}

function insertion(sessions: number): string {
  const { live, dead } = instants(Date.now())
  const instant = (name: keyof Instants): string =>
    `CASE WHEN i % ${deadEvery} = 0 THEN ${dead[name]} ELSE ${live[name]} END`
  const device = JSON.stringify([browser.label, browser.userAgent, browser.place])
  return `
    INSERT INTO latchkey.sessions (
      sid, public_id, subject, client, generation, rotated_at, idle_expires_at, absolute_expires_at, created_at,
      auth_time, kid, proof, transport, device, claims
    )
    SELECT
      (lpad(to_hex(${firstAt} + i), 12, '0') || '70008' || lpad(to_hex(i), 15, '0'))::uuid, md5(i::text)::uuid,
      '00000000-0000-4000-a000-' || lpad(i::text, 12, '0'), 'first-party', 0, ${instant('createdAt')},
      ${instant('idleExpiresAt')}, ${instant('absoluteExpiresAt')}, ${instant('createdAt')}, ${instant('createdAt')},
      1, 0, 0, '${device}', '{}'
    FROM generate_series(0::bigint, ${sessions - 1}) AS i`
}
