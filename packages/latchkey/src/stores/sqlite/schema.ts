// The schema, as numbered migrations: append, never edit. One row per session for its whole life. No index stands on a
// column that a refresh changes, so that a refresh writes one page.

import type { Migration } from './migrate.ts'

export const ledger = 'latchkey_migrations'

export const migrations: readonly Migration[] = [
  {
    name: 'sessions',
    sql: `
      CREATE TABLE latchkey_identity (one INTEGER PRIMARY KEY CHECK (one = 1), environment TEXT NOT NULL) STRICT;
      CREATE TABLE latchkey_keys (kid INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL) STRICT;
      CREATE TABLE latchkey_sessions (
        sid                 BLOB    NOT NULL PRIMARY KEY CHECK (length(sid) = 16),
        public_id           BLOB    NOT NULL,
        subject             TEXT    NOT NULL,
        client              TEXT    NOT NULL,
        generation          INTEGER NOT NULL,
        rotated_at          INTEGER NOT NULL,
        idle_expires_at     INTEGER NOT NULL,
        kid                 INTEGER NOT NULL,
        proof               INTEGER NOT NULL,
        transport           INTEGER NOT NULL,
        thumbprint          TEXT,
        scope               TEXT,
        created_at          INTEGER NOT NULL,
        auth_time           INTEGER NOT NULL,
        absolute_expires_at INTEGER NOT NULL,
        revoked_at          INTEGER,
        revoked_reason      TEXT,
        device              TEXT    NOT NULL,
        claims              TEXT    NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX latchkey_sessions_by_subject ON latchkey_sessions (subject);
      CREATE INDEX latchkey_sessions_by_revocation ON latchkey_sessions (revoked_at) WHERE revoked_at IS NOT NULL;
      CREATE TABLE latchkey_subjects (subject TEXT NOT NULL PRIMARY KEY, not_before INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    `,
  },
  {
    name: 'sealed keys',
    sql: `
      CREATE TABLE latchkey_sealed_keys (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
    `,
  },
  {
    name: 'marks',
    sql: `
      CREATE TABLE latchkey_marks (key TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      CREATE INDEX latchkey_marks_by_end ON latchkey_marks (expires_at);
    `,
  },
]
