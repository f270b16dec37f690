// The audit trail in PostgreSQL, in the schema of the users. A trigger refuses every change of a row, and TRUNCATE; the
// two verbs that may pass show it a setting that lives as long as their one statement, so that no pooled connection keeps
// the allowance.

import type { Pool, QueryConfig } from 'pg'
import { migratePostgres } from 'latchkey/postgres'
import { recordFrom, type AuditQuery, type AuditRows, type Person } from './rows.ts'
import type { AuditRecord } from './record.ts'

const ledger = 'audit_migrations'

// The owner of the table can drop the trigger: give the server's role INSERT, SELECT, UPDATE and DELETE alone, and it
// cannot either.
const migrationsOf = (schema: string, table: string): readonly { readonly name: string; readonly sql: string }[] => [
  {
    name: 'audit',
    sql: `
      CREATE TABLE ${table} (
        id      text COLLATE "C" NOT NULL PRIMARY KEY,
        at      bigint NOT NULL,
        event   text   NOT NULL,
        subject text,
        session text,
        account text,
        actor   text,
        client  text,
        label   text   NOT NULL,
        place   text   NOT NULL,
        details text   NOT NULL
      );
      CREATE INDEX audit_subject ON ${table} (subject) WHERE subject IS NOT NULL;
      CREATE INDEX audit_session ON ${table} (session) WHERE session IS NOT NULL;
      CREATE INDEX audit_account ON ${table} (account) WHERE account IS NOT NULL;
      CREATE FUNCTION "${schema}".audit_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
      DECLARE pass text := coalesce(current_setting('latchkey.audit_pass', true), '');
      BEGIN
        IF TG_OP = 'DELETE' THEN
          IF pass LIKE 'retention %' AND OLD.id < substr(pass, 11) COLLATE "C" THEN RETURN OLD; END IF;
          RAISE EXCEPTION 'audit rows are not deleted';
        ELSIF TG_OP = 'UPDATE' THEN
          IF pass = 'erasure' AND ROW(NEW.id, NEW.at, NEW.event, NEW.actor, NEW.client)
            IS NOT DISTINCT FROM ROW(OLD.id, OLD.at, OLD.event, OLD.actor, OLD.client) THEN RETURN NEW; END IF;
          RAISE EXCEPTION 'audit rows are not changed';
        END IF;
        RAISE EXCEPTION 'audit rows are not deleted';
      END $guard$;
      CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON ${table}
        FOR EACH ROW EXECUTE FUNCTION "${schema}".audit_guard();
      CREATE TRIGGER audit_guard_all BEFORE TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION "${schema}".audit_guard();
    `,
  },
]

/** A statement that takes longer is given up, and its connection with it. */
const statementMs = 5000

/** Opens or makes the trail in this schema. The pool stays the caller's. Throws `store_newer`, or what PostgreSQL says. */
export async function postgresAudit(pool: Pool, schema: string): Promise<AuditRows> {
  const table = `"${schema}".audit`
  await migratePostgres(pool, schema, ledger, migrationsOf(schema, table))
  const sql = statementsOn(table)
  const run = async (text: string, ...values: readonly unknown[]): Promise<Record<string, unknown>[]> => {
    // No name, so that nothing is kept on a connection that PgBouncer may hand to another.
    const query: QueryConfig & { readonly query_timeout: number } = {
      text,
      values: [...values],
      query_timeout: statementMs,
    }
    return (await pool.query<Record<string, unknown>>(query)).rows
  }
  return {
    append: async (records) => void (await run(sql.append, asJson(records))),
    list: async (query) => (await run(sql.list(query), ...valuesOf(query))).map(recordFrom),
    drop: async (before, limit) => Number((await run(sql.drop, before, limit))[0]?.['n']),
    erase: async ({ subject, accounts, sessions }, pseudonym, told) =>
      Number((await run(sql.erase, subject, accounts, sessions, pseudonym, asJson([told])))[0]?.['n']),
    close: async () => undefined,
  }
}

const asJson = (records: readonly AuditRecord[]): string =>
  JSON.stringify(records.map((record) => ({ ...record, details: JSON.stringify(record.details) })))

function valuesOf({ after, before, limit, event, person }: AuditQuery): unknown[] {
  const ofPerson = (found: Person): unknown[] => [found.subject, found.accounts, found.sessions]
  return [after, before, limit, event ?? null, ...(person === undefined ? [] : ofPerson(person))]
}

const columns = 'id, at, event, subject, session, account, actor, client, label, place, details'
const types =
  'id text, at bigint, event text, subject text, session text, account text, actor text, client text, label text, place text, details text'

const statementsOn = (table: string) =>
  ({
    /** Adds rows, and leaves those whose ids are there as they are. $1 all of them as JSON. */
    append: `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_to_recordset($1::json) AS t(${types}) ON CONFLICT DO NOTHING`,
    /** A page. $1 after, $2 before, $3 limit, $4 event or null, $5-$7 person. */
    list: ({ person, newestFirst }: AuditQuery) =>
      `SELECT * FROM ${table} WHERE id > $1 AND id < $2 AND ($4::text IS NULL OR event = $4)
       ${person === undefined ? '' : `AND id IN (${personOn(table, 5)})`}
       ORDER BY id ${newestFirst ? 'DESC' : 'ASC'} LIMIT $3`,
    /** Deletes the oldest rows below $1, at most $2; the pass is shown before the first row is met. */
    drop: `
      WITH pass AS MATERIALIZED (SELECT set_config('latchkey.audit_pass', 'retention ' || $1, true) AS shown),
      old AS MATERIALIZED (SELECT id FROM ${table}, pass WHERE pass.shown <> '' AND id < $1 ORDER BY id LIMIT $2),
      gone AS (DELETE FROM ${table} WHERE id IN (SELECT id FROM old) RETURNING 1)
      SELECT count(*) AS n FROM gone`,
    /** Takes a person ($1-$3) out of his rows, with $4 in his place, and tells it ($5) where there was any. */
    erase: `
      WITH pass AS MATERIALIZED (SELECT set_config('latchkey.audit_pass', 'erasure', true) AS shown),
      his AS MATERIALIZED (SELECT p.id FROM (${personOn(table, 1)}) AS p, pass WHERE pass.shown <> ''),
      changed AS (
        UPDATE ${table} SET subject = $4, session = NULL, account = NULL, label = '', place = '',
          details = (details::jsonb - 'device')::text
        WHERE id IN (SELECT id FROM his) RETURNING 1),
      told AS (
        INSERT INTO ${table} (${columns}) SELECT ${columns} FROM json_to_recordset($5::json) AS t(${types})
        WHERE EXISTS (SELECT FROM changed))
      SELECT count(*) AS n FROM changed`,
  }) as const

// The ids of all rows about one person: his subject, his accounts' digests and his sessions, from parameter `first` on.
const personOn = (table: string, first: number): string => `
  SELECT id FROM ${table} WHERE subject = $${first}
  UNION SELECT id FROM ${table} WHERE account = ANY($${first + 1}::text[])
  UNION SELECT id FROM ${table} WHERE session = ANY($${first + 2}::text[])
  UNION SELECT id FROM ${table} WHERE session IN
    (SELECT session FROM ${table} WHERE subject = $${first} AND session IS NOT NULL)`
