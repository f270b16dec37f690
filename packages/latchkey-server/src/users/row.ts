// A user as a row: the columns are the same in every database, the types that come back are not.

import type { StoredUser } from './directory.ts'

export type Row = Readonly<Record<string, unknown>>

/** SQLite has no booleans, and PostgreSQL's 64-bit integers come as text. */
export const userOf = (row: Row): StoredUser => ({
  id: String(row['id']),
  name: String(row['name']),
  key: String(row['name_key']),
  admin: Boolean(row['admin']),
  scope: String(row['scope']),
  disabledAt: row['disabled_at'] === null ? null : Number(row['disabled_at']),
  createdAt: Number(row['created_at']),
  passwordHash: String(row['password_hash']),
})
