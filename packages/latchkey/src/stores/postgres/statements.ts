// Every statement of the store: what it guarantees, then its parameters and its result. Each is one atomic act; "live at"
// is isLive() of core/session.ts in SQL. None has a name and none leaves a setting behind, so that PgBouncer may hand the
// connection to anybody afterwards.

import { insertedColumns } from './rows.ts'

type StatementName =
  | 'advance'
  | 'advanceDurably'
  | 'find'
  | 'findPublic'
  | 'list'
  | 'standing'
  | 'insert'
  | 'revoke'
  | 'revokeAgain'
  | 'revokeAll'
  | 'setNotBefore'
  | 'sweep'
  | 'sweepSubjects'
  | 'revokedSince'
  | 'keepEnvironment'
  | 'keepKeys'
  | 'identity'
  | 'readKeys'
  | 'writeKeys'
  | 'mark'
  | 'readMark'
  | 'unmark'
  | 'notify'
  | 'ping'

const live = (row: string, at: string): string =>
  `${row}revoked_at IS NULL AND ${row}idle_expires_at > ${at} AND ${row}absolute_expires_at > ${at}`

/** Waits for the disk as the server does where nothing is said, or for more where it says so, whatever the role's default is. */
export const durability = `set_config('synchronous_commit', CASE current_setting('synchronous_commit')
  WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)`

/** A statement that waits longer for a row that somebody else has locked is given up; a group of rotations sooner, for it holds up others. */
const lockMs = 4000
const groupLockMs = 1500

// An unreferenced CTE would never run, so whoever writes asks it for its values: `agreed`.
const terms = (commit: string, ms: number): string =>
  `WITH terms AS MATERIALIZED (SELECT ${commit} AS commits, set_config('lock_timeout', '${ms}', true) AS waits)`
const durably = terms(durability, lockMs)
const agreed = 'terms.commits IS NOT NULL AND terms.waits IS NOT NULL'
const lazily = terms("set_config('synchronous_commit', 'off', true)", groupLockMs)
const agreedLazily = `terms.commits = 'off' AND terms.waits IS NOT NULL`

// At least one row, also where nothing is found: a standby that finds nothing must not be taken at its word.
const onPrimary = (select: string, order = ''): string =>
  `SELECT pg_is_in_recovery() AS standby, found.* FROM (SELECT 1) AS one LEFT JOIN LATERAL (${select}) AS found ON true ${order}`

// In sub-queries, so that the planner cannot count them: for a long array it would rather read a table of some ten thousand
// rows from end to end than its index as often, which takes longer, and locks rows in another order.
const stepArrays = ['uuid', 'bigint', 'bigint', 'bigint', 'bigint', 'text', 'text']
  .map((type, index) => `(SELECT $${index + 1}::${type}[])`)
  .join(', ')

const advance = (begin: string, condition: string): string => `
  ${begin} UPDATE SCHEMA.sessions AS held
  SET generation = step.target, rotated_at = step.at, idle_expires_at = step.idle
  FROM terms, unnest(${stepArrays}) WITH ORDINALITY AS step (sid, origin, target, at, idle, client, thumbprint, ordinal)
  WHERE held.sid = step.sid AND held.generation = step.origin AND ${live('held.', 'step.at')}
    AND held.client = step.client AND held.thumbprint IS NOT DISTINCT FROM step.thumbprint AND ${condition}
  RETURNING step.ordinal, held.*`

/** Whether a counter begins anew: on purpose, or because the one that is there is over. */
const anew = '($5::boolean OR known.expires_at <= $3::bigint)'

const texts: Readonly<Record<StatementName, string>> = {
  /**
   * Many swaps at once, each by itself: only from the generation, client and thumbprint named, and only on a live row. Does
   * not wait for the disk. $1 sids, each once, $2 from, $3 to, $4 at, $5 idle, $6 clients, $7 thumbprints → `ordinal` (from
   * 1) and the row after it, for those that matched.
   */
  advance: advance(lazily, agreedLazily),
  /** The same, durably. */
  advanceDurably: advance(terms(durability, groupLockMs), agreed),
  /** $1 sid → the row, or a row of nothing. */
  find: onPrimary('SELECT * FROM SCHEMA.sessions WHERE sid = $1'),
  /** $1 subject, $2 public id → the row, or a row of nothing. A subject has few rows, so the subject's index serves. */
  findPublic: onPrimary('SELECT * FROM SCHEMA.sessions WHERE subject = $1 AND public_id = $2'),
  /** $1 subject, $2 after, $3 live at or null, $4 limit → rows by ascending sid, or a row of nothing. */
  list: onPrimary(
    `SELECT * FROM SCHEMA.sessions WHERE subject = $1 AND sid > $2
     AND ($3::bigint IS NULL OR (${live('', '$3::bigint')})) ORDER BY sid LIMIT $4`,
    'ORDER BY found.sid',
  ),
  /** How things stand with a subject. $1 subject, $2 now → `not_before` or null; `live`: sids, oldest first, or null. */
  standing: `
    SELECT pg_is_in_recovery() AS standby,
      (SELECT not_before FROM SCHEMA.subjects WHERE subject = $1) AS not_before,
      (SELECT string_agg(sid::text, ' ' ORDER BY sid) FROM SCHEMA.sessions
       WHERE subject = $1 AND ${live('', '$2::bigint')}) AS live`,
  /** Adds a row and ends others; fails on a sid that exists. $1 sids, $2 at, then the columns → the rows that it ended. */
  insert: `
    WITH inserted AS (
      INSERT INTO SCHEMA.sessions (${insertedColumns.join(', ')})
      VALUES (${insertedColumns.map((_, index) => `$${index + 3}`).join(', ')})
    ), ended AS (
      UPDATE SCHEMA.sessions SET revoked_at = $2, revoked_reason = 'evicted'
      WHERE sid = ANY ($1::uuid[]) AND revoked_at IS NULL RETURNING *
    ) SELECT * FROM ended ORDER BY sid`,
  /** Ends a row once and durably, and tells the feed. $1 sid, $2 at, $3 reason, $4 channel, $5 sender → the row, or none. */
  revoke: `
    ${durably}, ended AS (
      UPDATE SCHEMA.sessions AS held SET revoked_at = $2, revoked_reason = $3 FROM terms
      WHERE held.sid = $1 AND held.revoked_at IS NULL AND ${agreed} RETURNING held.*
    ) SELECT ended.*, pg_notify($4, concat_ws(' ', $5::text, public_id, revoked_at)) FROM ended`,
  /**
   * Writes an ended row as it is, durably, and tells the feed: behind a repeat, the commit waits for the standby that the
   * first may not have waited for. $1 sid, $2 channel, $3 sender.
   */
  revokeAgain: `
    ${durably}, ended AS (
      UPDATE SCHEMA.sessions AS held SET revoked_reason = held.revoked_reason FROM terms
      WHERE held.sid = $1 AND held.revoked_at IS NOT NULL AND ${agreed} RETURNING held.*
    ) SELECT pg_notify($2, concat_ws(' ', $3::text, public_id, revoked_at)) FROM ended`,
  /**
   * Ends a subject's rows but for one, locking them in the order of a group of swaps. $1 subject, $2 at, $3 reason,
   * $4 except → the rows that it ended.
   */
  revokeAll: `
    WITH mine AS MATERIALIZED (
      SELECT sid FROM SCHEMA.sessions WHERE subject = $1 AND revoked_at IS NULL AND sid <> $4 ORDER BY sid FOR UPDATE
    ) UPDATE SCHEMA.sessions AS held SET revoked_at = $2, revoked_reason = $3 FROM mine
    WHERE held.sid = mine.sid RETURNING held.*`,
  /** From now on `insert` refuses who authenticated at or before the instant; never moves back. $1 subject, $2 at. */
  setNotBefore: `
    INSERT INTO SCHEMA.subjects AS known VALUES ($1, $2)
    ON CONFLICT (subject) DO UPDATE SET not_before = greatest(known.not_before, excluded.not_before)`,
  /**
   * Deletes the dead of the next piece of the walk, without waiting for a row. A deletion that a crash undoes is done by
   * the next walk. $1 after, $2 limit, $3 before → `seen`, `last`, `removed`.
   */
  sweep: `
    ${lazily}, piece AS MATERIALIZED (
      SELECT sid FROM SCHEMA.sessions WHERE sid > $1 ORDER BY sid LIMIT $2
    ), dead AS MATERIALIZED (
      SELECT held.sid FROM SCHEMA.sessions AS held JOIN piece USING (sid)
      WHERE least(held.revoked_at, held.idle_expires_at, held.absolute_expires_at) < $3 FOR UPDATE OF held SKIP LOCKED
    ), gone AS (
      DELETE FROM SCHEMA.sessions AS held USING dead, terms WHERE held.sid = dead.sid AND ${agreedLazily} RETURNING 1
    ) SELECT (SELECT count(*) FROM piece) AS seen, (SELECT sid FROM piece ORDER BY sid DESC LIMIT 1) AS last,
      (SELECT count(*) FROM gone) AS removed`,
  /** Forgets not-befores that no sign-in under way can meet any more. $1 before, $2 limit → `removed`. */
  sweepSubjects: `
    WITH over AS MATERIALIZED (
      SELECT subject FROM SCHEMA.subjects WHERE not_before < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM SCHEMA.subjects AS held USING over WHERE held.subject = over.subject RETURNING 1
    ) SELECT count(*) AS removed FROM gone`,
  /** $1 at, $2 limit → what was revoked after it, newest first, or a row of nothing. */
  revokedSince: onPrimary(
    'SELECT sid, public_id, revoked_at FROM SCHEMA.sessions WHERE revoked_at > $1 ORDER BY revoked_at DESC LIMIT $2',
    'ORDER BY found.revoked_at DESC',
  ),
  /** The first environment stays. $1 environment. */
  keepEnvironment: 'INSERT INTO SCHEMA.identity VALUES (1, $1) ON CONFLICT DO NOTHING',
  /** The first fingerprint of a kid stays. $1 kids, $2 fingerprints. */
  keepKeys:
    'INSERT INTO SCHEMA.keys SELECT * FROM unnest($1::smallint[], $2::text[]) AS new (kid) ORDER BY kid ON CONFLICT DO NOTHING',
  /** → `environment`, `kid`, `fingerprint`: a row for each kid, or one without. */
  identity: 'SELECT environment, kid, fingerprint FROM SCHEMA.identity LEFT JOIN SCHEMA.keys ON true',
  /** → the newest sealed keys, or a row of nothing. */
  readKeys: onPrimary('SELECT version, text FROM SCHEMA.sealed_keys'),
  /**
   * A compare-and-swap on the version, durable, and tells the feed; 0 stands for none yet. $1 text, $2 replacing,
   * $3 channel, $4 sender → a row, or none.
   */
  writeKeys: `
    ${durably}, kept AS (
      INSERT INTO SCHEMA.sealed_keys AS known SELECT 1, 1, $1::text FROM terms
      WHERE ${agreed} AND ($2::bigint = 0 OR EXISTS (SELECT FROM SCHEMA.sealed_keys))
      ON CONFLICT (one) DO UPDATE SET version = known.version + 1, text = excluded.text WHERE known.version = $2::bigint
      RETURNING version
    ) SELECT version, pg_notify($3, $4) FROM kept`,
  /**
   * Counts on, or begins; never below 0. Then deletes a few counters that are over: without waiting for a row, so that two
   * of these never wait for each other. $1 key, $2 add, $3 now, $4 end, $5 replace → `count`, `expires_at`.
   */
  mark: `
    ${lazily}, over AS MATERIALIZED (
      SELECT key FROM SCHEMA.marks WHERE expires_at <= $3 AND key <> $1 ORDER BY expires_at LIMIT 3 FOR UPDATE SKIP LOCKED
    ), gone AS (
      DELETE FROM SCHEMA.marks AS held USING over WHERE held.key = over.key
    ) INSERT INTO SCHEMA.marks AS known SELECT $1, greatest(0, $2::bigint), $4::bigint FROM terms WHERE ${agreedLazily}
    ON CONFLICT (key) DO UPDATE SET
      count = greatest(0, $2::bigint + CASE WHEN ${anew} THEN 0 ELSE known.count END),
      expires_at = CASE WHEN ${anew} THEN $4::bigint ELSE known.expires_at END
    RETURNING count, expires_at`,
  /** $1 key, $2 now → the counter that is alive, or a row of nothing. */
  readMark: onPrimary('SELECT count, expires_at FROM SCHEMA.marks WHERE key = $1 AND expires_at > $2'),
  /** $1 key. */
  unmark: 'DELETE FROM SCHEMA.marks WHERE key = $1',
  /** Tells whoever listens, when the transaction commits. $1 channel, $2 messages. */
  notify: 'SELECT pg_notify($1, message) FROM unnest($2::text[]) AS message',
  /** → `now`, the server's clock in milliseconds. */
  ping: 'SELECT pg_is_in_recovery() AS standby, (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now',
}

export type Statements = Readonly<Record<StatementName, string>>

/** The statements on one schema, whose name must be plain. */
export const statementsOn = (schema: string): Statements =>
  Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, text.replaceAll('SCHEMA.', `"${schema}".`)]),
  ) as Statements
