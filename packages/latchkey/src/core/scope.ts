// What an access token may be used for (RFC 6749 s3.3): at most what its session was given at sign-in, at most what its
// client may have today, and less where a renewal asks for less. Nothing ever widens it (RT-6).

import { LatchkeyError } from './errors.ts'

/** The scope of an access token; null for none. Throws `scope_refused` where more is asked for than there is. */
export function grantedScope(
  ofSession: string | null,
  asked: string | undefined,
  within: ReadonlySet<string> | undefined,
): string | null {
  const had = ofSession === null ? [] : ofSession.split(' ')
  const granted = within === undefined ? had : had.filter((each) => within.has(each))
  if (asked === undefined) return granted.length === 0 ? null : granted.join(' ')
  // Once each, so that no request makes a token longer than its session's.
  const wanted = [...new Set(asked.split(' '))]
  if (wanted.every((each) => each !== '' && granted.includes(each))) return wanted.join(' ')
  throw new LatchkeyError('scope_refused', { detail: 'more was asked for than there is' })
}
