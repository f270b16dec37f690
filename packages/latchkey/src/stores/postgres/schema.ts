// The schema, as numbered migrations: append, never edit. One row per session for its whole life. No index stands on a
// column that a refresh changes, and every page keeps room, so that a refresh stays within one page (HOT) and leaves
// nothing in any index for the vacuum to collect.

import type { PostgresMigration } from './migrate.ts'

export const defaultSchema = 'latchkey'

export const ledger = 'migrations'

/** Percent of a page of sessions that insertions fill; the rest is for the next versions of its rows. */
const fillFactor = 80

/** Texts compare by bytes, whatever the locale. Device and claims are JSON in text: jsonb refuses the NUL of a user agent. */
export const migrationsOf = (schema: string): readonly PostgresMigration[] => [
  {
    name: 'sessions',
    sql: `
      CREATE TABLE "${schema}".identity (one integer PRIMARY KEY CHECK (one = 1), environment text NOT NULL);
      CREATE TABLE "${schema}".keys (kid smallint PRIMARY KEY, fingerprint text NOT NULL);
      CREATE TABLE "${schema}".sealed_keys (
        one integer PRIMARY KEY CHECK (one = 1), version bigint NOT NULL, text text NOT NULL
      );
      CREATE TABLE "${schema}".sessions (
        sid                 uuid             NOT NULL PRIMARY KEY,
        public_id           uuid             NOT NULL,
        subject             text COLLATE "C" NOT NULL,
        client              text COLLATE "C" NOT NULL,
        generation          bigint           NOT NULL,
        rotated_at          bigint           NOT NULL,
        idle_expires_at     bigint           NOT NULL,
        absolute_expires_at bigint           NOT NULL,
        created_at          bigint           NOT NULL,
        auth_time           bigint           NOT NULL,
        revoked_at          bigint,
        kid                 smallint         NOT NULL,
        proof               smallint         NOT NULL,
        transport           smallint         NOT NULL,
        thumbprint          text COLLATE "C",
        scope               text COLLATE "C",
        revoked_reason      text COLLATE "C",
        device              text COLLATE "C" NOT NULL,
        claims              text COLLATE "C" NOT NULL
      ) WITH (fillfactor = ${fillFactor}, autovacuum_vacuum_scale_factor = 0.05);
      CREATE INDEX sessions_by_subject ON "${schema}".sessions (subject, sid);
      CREATE INDEX sessions_by_revocation ON "${schema}".sessions (revoked_at) WHERE revoked_at IS NOT NULL;
      CREATE TABLE "${schema}".subjects (subject text COLLATE "C" NOT NULL PRIMARY KEY, not_before bigint NOT NULL);
    `,
  },
  {
    // Not logged: a counter that a crash takes with it harms nobody, and none of them is ever written to the disk twice.
    name: 'marks',
    sql: `
      CREATE UNLOGGED TABLE "${schema}".marks (
        key text COLLATE "C" NOT NULL PRIMARY KEY, count bigint NOT NULL, expires_at bigint NOT NULL
      ) WITH (fillfactor = ${fillFactor}, autovacuum_vacuum_scale_factor = 0.05);
      CREATE INDEX marks_by_end ON "${schema}".marks (expires_at);
    `,
  },
]
