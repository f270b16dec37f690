// The audit trail in the SQLite file of the users. Triggers refuse every change of a row; retention and erasure put a pass
// into a table of its own and take it out again in one transaction, so that nobody else ever sees it. A lock that another
// process holds is waited for outside of the event loop: what writes audit rows must never hold up a request.

import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import { migrate, openDatabase, type Migration } from 'latchkey/sqlite'
import { recordFrom, type AuditQuery, type AuditRows, type Person } from './rows.ts'
import type { AuditRecord } from './record.ts'

const ledger = 'latchkey_audit_migrations'

// The owner of the file can drop the triggers; a slip, or a statement that somebody smuggled in, cannot pass them.
const migrations: readonly Migration[] = [
  {
    name: 'audit',
    sql: `
      CREATE TABLE latchkey_audit (
        id      TEXT    NOT NULL PRIMARY KEY,
        at      INTEGER NOT NULL,
        event   TEXT    NOT NULL,
        subject TEXT,
        session TEXT,
        account TEXT,
        actor   TEXT,
        client  TEXT,
        label   TEXT    NOT NULL,
        place   TEXT    NOT NULL,
        details TEXT    NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX latchkey_audit_subject ON latchkey_audit (subject) WHERE subject IS NOT NULL;
      CREATE INDEX latchkey_audit_session ON latchkey_audit (session) WHERE session IS NOT NULL;
      CREATE INDEX latchkey_audit_account ON latchkey_audit (account) WHERE account IS NOT NULL;
      CREATE TABLE latchkey_audit_pass (allows TEXT NOT NULL, below TEXT NOT NULL) STRICT;
      CREATE TRIGGER latchkey_audit_keeps BEFORE DELETE ON latchkey_audit
      WHEN NOT EXISTS (SELECT 1 FROM latchkey_audit_pass WHERE allows = 'retention' AND OLD.id < below)
      BEGIN SELECT raise(ABORT, 'audit rows are not deleted'); END;
      CREATE TRIGGER latchkey_audit_stays BEFORE UPDATE ON latchkey_audit
      WHEN NOT EXISTS (SELECT 1 FROM latchkey_audit_pass WHERE allows = 'erasure')
        OR NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.event <> OLD.event
        OR NEW.actor IS NOT OLD.actor OR NEW.client IS NOT OLD.client
      BEGIN SELECT raise(ABORT, 'audit rows are not changed'); END;
    `,
  },
  {
    // REPLACE deletes the row that is in its way without asking the trigger of deletions. What is there stays.
    name: 'audit rows are not replaced',
    sql: `
      CREATE TRIGGER latchkey_audit_first BEFORE INSERT ON latchkey_audit
      WHEN EXISTS (SELECT 1 FROM latchkey_audit WHERE id = NEW.id)
      BEGIN SELECT raise(IGNORE); END;
    `,
  },
]

/** How long a call waits for another process that holds the lock. */
const patienceMs = 2000
const retryMs = 10

const columns = 'id, at, event, subject, session, account, actor, client, label, place, details'
/** Adds a row, or leaves the one with this id as it is. */
const insertSql = `INSERT INTO latchkey_audit (${columns}) VALUES (:id, :at, :event, :subject, :session, :account, :actor, :client, :label, :place, :details) ON CONFLICT DO NOTHING`
/** The ids of all rows about one person. `subject`, `accounts` and `sessions` as JSON. */
const personSql = `
  SELECT id FROM latchkey_audit WHERE subject = :subject
  UNION SELECT id FROM latchkey_audit WHERE account IN (SELECT value FROM json_each(:accounts))
  UNION SELECT id FROM latchkey_audit WHERE session IN (SELECT value FROM json_each(:sessions)
    UNION SELECT session FROM latchkey_audit WHERE subject = :subject AND session IS NOT NULL)`
/** Takes a person out of his rows, once. */
const eraseSql = `
  UPDATE latchkey_audit SET subject = :pseudonym, session = NULL, account = NULL, label = '', place = '',
    details = json_remove(details, '$.device')
  WHERE id IN (${personSql})`
/** The oldest rows below `before`, at most `limit`. */
const dropSql =
  'DELETE FROM latchkey_audit WHERE id IN (SELECT id FROM latchkey_audit WHERE id < :before ORDER BY id LIMIT :limit)'

/** Opens or makes the trail in the database file at `path`. Throws `store_newer`, or what SQLite says. */
export function sqliteAudit(path: string): AuditRows {
  const database = openDatabase(path, (opened) => migrate(opened, ledger, migrations))
  const write = <Result>(work: () => Result): Promise<Result> => patiently(() => transaction(database, work))
  return {
    append: (records) => write(() => insertAll(database, records)),
    list: async (query) => list(database, query),
    drop: (before, limit) =>
      write(() => {
        givePass(database, 'retention', before)
        const { changes } = database.prepare(dropSql).run({ before, limit })
        takePass(database)
        return Number(changes)
      }),
    erase: (person, pseudonym, told) => write(() => erase(database, person, pseudonym, told)),
    close: async () => database.close(),
  }
}

function insertAll(database: DatabaseSync, records: readonly AuditRecord[]): void {
  const insert = database.prepare(insertSql)
  for (const record of records) insert.run({ ...record, details: JSON.stringify(record.details) })
}

function list(database: DatabaseSync, query: AuditQuery): AuditRecord[] {
  const { person, event, after, before, limit, newestFirst } = query
  const sql = [
    'SELECT * FROM latchkey_audit WHERE id > :after AND id < :before',
    ...(event === undefined ? [] : ['AND event = :event']),
    ...(person === undefined ? [] : [`AND id IN (${personSql})`]),
    `ORDER BY id ${newestFirst ? 'DESC' : 'ASC'} LIMIT :limit`,
  ].join(' ')
  const given = { after, before, limit, ...(event === undefined ? {} : { event }), ...parametersOf(person) }
  return database.prepare(sql).all(given).map(recordFrom)
}

function erase(database: DatabaseSync, person: Person, pseudonym: string, told: AuditRecord): number {
  givePass(database, 'erasure', '')
  const { changes } = database.prepare(eraseSql).run({ pseudonym, ...parametersOf(person) })
  takePass(database)
  if (Number(changes) > 0) insertAll(database, [told])
  return Number(changes)
}

const parametersOf = (person: Person | undefined): Record<string, string> =>
  person === undefined
    ? {}
    : {
        subject: person.subject,
        accounts: JSON.stringify(person.accounts),
        sessions: JSON.stringify(person.sessions),
      }

const givePass = (database: DatabaseSync, allows: 'retention' | 'erasure', below: string): unknown =>
  database.prepare('INSERT INTO latchkey_audit_pass VALUES (?, ?)').run(allows, below)

const takePass = (database: DatabaseSync): void => database.exec('DELETE FROM latchkey_audit_pass')

function transaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    rollBack(database)
    throw error
  }
}

// A full disk has done it already, and then this fails. Whether it has, Node tells from 22.16 on only.
function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // There is no transaction any more, which is all that was wanted.
  }
}

const busyCode = 5

async function patiently<Result>(work: () => Result): Promise<Result> {
  const giveUpAt = performance.now() + patienceMs
  for (;;) {
    try {
      return work()
    } catch (error) {
      const { errcode } = error as { readonly errcode?: unknown }
      const isBusy = typeof errcode === 'number' && (errcode & 0xff) === busyCode
      if (!isBusy || performance.now() > giveUpAt) throw error
      await pause(retryMs)
    }
  }
}
