// Tells an access token that is not good from one about which nobody can say: the first is an answer, the second an
// outage (I3).

import { isLatchkeyError, type Access, type ErrorCode } from '../index.ts'

const notGood: ReadonlySet<ErrorCode> = new Set(['access_invalid', 'access_expired', 'access_ended'])

/** What was verified; null where the token is not good. Rejects with whatever else went wrong. */
export async function goodAccess(verified: Promise<Access>): Promise<Access | null> {
  try {
    return await verified
  } catch (error) {
    if (isLatchkeyError(error) && notGood.has(error.code)) return null
    throw error
  }
}
