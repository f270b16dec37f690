// Every statement of the store: what it guarantees, then its parameters and its result. Each is one atomic act;
// "live at" is isLive() of core/session.ts in SQL.

import type { DatabaseSync, StatementSync } from 'node:sqlite'

type StatementName =
  | 'advance'
  | 'find'
  | 'findPublic'
  | 'insert'
  | 'liveOf'
  | 'list'
  | 'revoke'
  | 'revokeAll'
  | 'setNotBefore'
  | 'notBefore'
  | 'survey'
  | 'deleteDead'
  | 'deleteNotBefore'
  | 'revokedSince'
  | 'keepEnvironment'
  | 'keepKey'
  | 'readKeys'
  | 'writeKeys'
  | 'mark'
  | 'readMark'
  | 'unmark'
  | 'dropMarks'
  | 'ping'
  | 'dataVersion'

const live = (at: string): string => `revoked_at IS NULL AND idle_expires_at > ${at} AND absolute_expires_at > ${at}`

/** Whether a counter begins anew: on purpose, or because the one that is there is over. */
const anew = '(:replace = 1 OR expires_at <= :at)'

const texts: Readonly<Record<StatementName, string>> = {
  /** The swap: only from the generation, client and thumbprint named, and only on a live row. → the row after it, or none. */
  advance: `UPDATE latchkey_sessions SET generation = :to, rotated_at = :at, idle_expires_at = :idle
            WHERE sid = :sid AND generation = :from AND ${live(':at')} AND client = :client AND thumbprint IS :thumbprint
            RETURNING *`,
  /** → the row, or none. */
  find: 'SELECT * FROM latchkey_sessions WHERE sid = :sid',
  /** → the row, or none. A subject has few rows, so the subject's index serves. */
  findPublic: 'SELECT * FROM latchkey_sessions WHERE subject = :subject AND public_id = :publicId',
  /** Fails on a sid that exists. */
  insert: `INSERT INTO latchkey_sessions VALUES (:sid, :publicId, :subject, :client, :generation, :rotatedAt, :idleExpiresAt,
            :kid, :proof, :transport, :thumbprint, :scope, :createdAt, :authTime, :absoluteExpiresAt, NULL, NULL,
            :device, :claims)`,
  /** → the subject's rows live at an instant, oldest first. */
  liveOf: `SELECT sid FROM latchkey_sessions WHERE subject = :subject AND ${live(':at')} ORDER BY sid`,
  /** → a subject's rows after a sid; `liveAt` null for live or not. */
  list: `SELECT * FROM latchkey_sessions
         WHERE subject = :subject AND sid > :after AND (:liveAt IS NULL OR (${live(':liveAt')}))
         ORDER BY sid LIMIT :limit`,
  /** Ends a row once: an ended row keeps its first instant and reason. → the row after it, or none. */
  revoke: `UPDATE latchkey_sessions SET revoked_at = :at, revoked_reason = :reason
           WHERE sid = :sid AND revoked_at IS NULL RETURNING *`,
  /** Ends a subject's rows, but for one where `except` is not empty. → the rows that it ended. */
  revokeAll: `UPDATE latchkey_sessions SET revoked_at = :at, revoked_reason = :reason
              WHERE subject = :subject AND revoked_at IS NULL AND sid <> :except RETURNING *`,
  /** From now on `insert` refuses who authenticated at or before the instant; never moves back. */
  setNotBefore: `INSERT INTO latchkey_subjects VALUES (:subject, :at)
                 ON CONFLICT (subject) DO UPDATE SET not_before = max(not_before, excluded.not_before)`,
  /** → `not_before`, or none. */
  notBefore: 'SELECT not_before FROM latchkey_subjects WHERE subject = :subject',
  /** → the next piece of the walk: the last sid in it, how many rows it holds, how many of them are dead. */
  survey: `SELECT max(sid) AS last, count(*) AS seen,
             count(*) FILTER (WHERE min(coalesce(revoked_at, :before), idle_expires_at, absolute_expires_at) < :before) AS dead
           FROM (SELECT * FROM latchkey_sessions WHERE sid > :after ORDER BY sid LIMIT :limit)`,
  /** Deletes the dead of that piece. */
  deleteDead: `DELETE FROM latchkey_sessions WHERE sid > :after AND sid <= :last
               AND min(coalesce(revoked_at, :before), idle_expires_at, absolute_expires_at) < :before`,
  /** Forgets not-befores that no sign-in under way can meet any more. */
  deleteNotBefore: 'DELETE FROM latchkey_subjects WHERE not_before < :before',
  /** → what was revoked after an instant, newest first. */
  revokedSince: `SELECT public_id, revoked_at FROM latchkey_sessions
                 WHERE revoked_at IS NOT NULL AND revoked_at > :at ORDER BY revoked_at DESC LIMIT :limit`,
  /** The first environment stays. */
  keepEnvironment: 'INSERT INTO latchkey_identity VALUES (1, :environment) ON CONFLICT DO NOTHING',
  /** The first fingerprint of a kid stays. */
  keepKey: 'INSERT INTO latchkey_keys VALUES (:kid, :fingerprint) ON CONFLICT DO NOTHING',
  /** → the newest sealed keys, or none. */
  readKeys: 'SELECT version, text FROM latchkey_sealed_keys',
  /** A compare-and-swap on the version; 0 stands for none yet. → one change, or none. */
  writeKeys: `INSERT INTO latchkey_sealed_keys SELECT 1, 1, :text WHERE :replacing = 0 OR EXISTS (SELECT 1 FROM latchkey_sealed_keys)
              ON CONFLICT (one) DO UPDATE SET version = version + 1, text = excluded.text WHERE version = :replacing`,
  /** Counts on, or begins; never below 0. → the counter after it. */
  mark: `INSERT INTO latchkey_marks VALUES (:key, max(0, :add), :expiresAt)
         ON CONFLICT (key) DO UPDATE SET count = max(0, :add + iif(${anew}, 0, count)),
           expires_at = iif(${anew}, :expiresAt, expires_at)
         RETURNING count, expires_at`,
  /** → the counter that is alive at an instant, or none. */
  readMark: 'SELECT count, expires_at FROM latchkey_marks WHERE key = :key AND expires_at > :at',
  unmark: 'DELETE FROM latchkey_marks WHERE key = :key',
  /** Deletes a few counters that are over: more than one mark can add, so that what is left of them shrinks. */
  dropMarks: `DELETE FROM latchkey_marks WHERE key IN
              (SELECT key FROM latchkey_marks WHERE expires_at <= :at ORDER BY expires_at LIMIT 3)`,
  /** → something, where the database can be read. */
  ping: 'SELECT 1 FROM latchkey_identity',
  /** → a number that changes when another connection has committed. */
  dataVersion: 'PRAGMA data_version',
}

export type Statements = Readonly<Record<StatementName, StatementSync>>

/** Prepares them all. */
export const prepareStatements = (database: DatabaseSync): Statements =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, database.prepare(text)])) as Statements
