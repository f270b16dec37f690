// Ends every session of every user: after a backup was put back, or when an operator says so.

import type { Deployment } from '../deployment.ts'

/** So many users are signed out side by side. */
const atOnce = 8

/** The number of sessions ended, each of them in the audit trail. Throws what the database says. */
export async function endAll({ directory, latchkey, audit }: Deployment): Promise<number> {
  let ended = 0
  for await (const page of directory.pages()) {
    for (let from = 0; from < page.length; from += atOnce) {
      const some = page.slice(from, from + atOnce)
      const counts = await Promise.all(some.map(({ id }) => latchkey.revokeAll(id, 'revoked')))
      ended += counts.reduce((sum, count) => sum + count, 0)
      // Written here, so that however many there are, none is lost for want of room.
      await audit.flush()
    }
  }
  return ended
}
