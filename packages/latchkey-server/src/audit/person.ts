// Who a user is in the audit trail: his subject, the digests of the names that he signs in with, and his sessions, for
// what is told of a session alone.

import type { Latchkey } from 'latchkey'
import { accountDigest } from 'latchkey/express'
import type { User } from '../users/directory.ts'
import type { Person } from './rows.ts'

/** A user as the trail knows him. Throws `store_unavailable`. */
export async function personOf(
  latchkey: Pick<Latchkey, 'list'>,
  { id, name }: Pick<User, 'id' | 'name'>,
): Promise<Person> {
  return { ...(await subjectOf(latchkey, id)), accounts: [accountDigest(name)] }
}

/** The same of whom only the subject is known. Throws `store_unavailable`. */
export async function subjectOf(latchkey: Pick<Latchkey, 'list'>, subject: string): Promise<Person> {
  const sessions = await latchkey.list(subject)
  return { subject, accounts: [], sessions: sessions.map(({ id }) => id) }
}
