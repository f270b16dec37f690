// What the audit trail wants of its table, whichever database that is in (sqlite-audit.ts, postgres-audit.ts). Rows are
// added and never changed: the database itself refuses, but for the two verbs that a law may ask for, retention and
// erasure, which show it a pass inside their own transaction.

import type { AuditDetails, AuditEvent, AuditRecord } from './record.ts'

/** One user, by all that the trail may know of him. */
export interface Person {
  readonly subject: string
  /** Digests of the names that he signs in with. */
  readonly accounts: readonly string[]
  /** Public ids of his sessions; those that the trail itself ties to him are found without. */
  readonly sessions: readonly string[]
}

export interface AuditQuery {
  readonly person?: Person | undefined
  readonly event?: AuditEvent | undefined
  /** Ids above this one. */
  readonly after: string
  /** Ids below this one. */
  readonly before: string
  readonly limit: number
  /** Whether the newest come first. */
  readonly newestFirst: boolean
}

export interface AuditRows {
  /** Adds all of them durably, or none; one whose id is there already stays as it is. */
  append(records: readonly AuditRecord[]): Promise<void>
  list(query: AuditQuery): Promise<readonly AuditRecord[]>
  /** Deletes rows with ids below this one, at most `limit`; how many. */
  drop(before: string, limit: number): Promise<number>
  /**
   * Takes a person out of all rows: `pseudonym` for the subject, nothing for sessions, accounts, devices and places. Where
   * that changed any row, `told` is added in the same transaction. How many rows were changed.
   */
  erase(person: Person, pseudonym: string, told: AuditRecord): Promise<number>
  close(): Promise<void>
}

/** Below and above every id. */
export const idBounds = { lowest: '', highest: 'g' } as const

/** The same columns in every database; PostgreSQL's 64-bit integers come as text. */
export function recordFrom(row: Readonly<Record<string, unknown>>): AuditRecord {
  const text = (name: string): string | null => (typeof row[name] === 'string' ? row[name] : null)
  return {
    id: String(row['id']),
    at: Number(row['at']),
    event: String(row['event']) as AuditEvent,
    subject: text('subject'),
    session: text('session'),
    account: text('account'),
    actor: text('actor'),
    client: text('client'),
    label: text('label') ?? '',
    place: text('place') ?? '',
    details: JSON.parse(String(row['details'])) as AuditDetails,
  }
}
