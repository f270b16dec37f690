// Fills the store's SQLite file with numbered sessions, by one statement, after the store has made it.

import { DatabaseSync } from 'node:sqlite'
import { browser } from '../server/seed.ts'
import { openStore } from '../server/stores.ts'
import { deadEvery, firstAt, instants, type Instants } from './numbered.ts'

/** `sessions` numbered sessions. There must be no file yet. */
export async function fillSqlite(path: string, sessions: number): Promise<void> {
  await (await openStore('sqlite', path)).close()
  const database = new DatabaseSync(path)
  database.exec(`PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; ${insertion(sessions)}`)
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  database.close()
}

function insertion(sessions: number): string {
  const { live, dead } = instants(Date.now())
  const instant = (name: keyof Instants): string => `iif(i % ${deadEvery} = 0, ${dead[name]}, ${live[name]})`
  const device = JSON.stringify([browser.label, browser.userAgent, browser.place])
  return `
    WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${sessions - 1})
    INSERT INTO latchkey_sessions (
      sid, public_id, subject, client, generation, rotated_at, idle_expires_at, absolute_expires_at, created_at,
      auth_time, kid, proof, transport, device, claims
    )
    SELECT
      unhex(format('%012x', ${firstAt} + i) || '70008' || format('%015x', i)), randomblob(16),
      '00000000-0000-4000-a000-' || format('%012d', i), 'first-party', 0, ${instant('createdAt')},
      ${instant('idleExpiresAt')}, ${instant('absoluteExpiresAt')}, ${instant('createdAt')}, ${instant('createdAt')},
      1, 0, 0, '${device}', '{}'
    FROM numbers`
}
