// Who a user is in the audit trail: his subject, the digests of the names that he signs in with, and his sessions, for
// what is told of a session alone.

import { createHash } from 'node:crypto'
import type { Latchkey } from 'latchkey'
import type { User } from '../users/directory.ts'
import type { Person } from './rows.ts'

/** A name as the events tell it (docs/events.md): however it is written, one digest. */
const digestOf = (name: string): string =>
  createHash('sha256').update(name.normalize('NFKC').toLowerCase().trim()).digest('base64url')

/** A user as the trail knows him. Throws `store_unavailable`. */
export async function personOf(latchkey: Pick<Latchkey, 'list'>, { id, name }: Pick<User, 'id' | 'name'>): Promise<Person> {
  return { ...(await subjectOf(latchkey, id)), accounts: [digestOf(name)] }
}

/** The same of whom only the subject is known. Throws `store_unavailable`. */
export async function subjectOf(latchkey: Pick<Latchkey, 'list'>, subject: string): Promise<Person> {
  const sessions = await latchkey.list(subject)
  return { subject, accounts: [], sessions: sessions.map(({ id }) => id) }
}
