// How an account is named where its name must not stand: in events, and in what is made of them (PR-8). Apart, because an
// application that looks for the rows about one of its users needs the very same digest.

import { createHash } from 'node:crypto'

/** One spelling for all spellings of a name: a counter for each would be no limit. */
export const nameOf = (account: string): string => account.normalize('NFKC').toLowerCase().trim()

/** The name of an account as the events tell it: SHA-256 in base64url. */
export const accountDigest = (account: string): string =>
  createHash('sha256').update(nameOf(account)).digest('base64url')
