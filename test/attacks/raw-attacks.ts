// The one way in which bytes are sent that say one thing twice, or too much: each over a socket of its own, each refused with
// its 4xx and answered once, no session moved, and the token that they were made of as good as before.

import { expect } from 'vitest'
import { renew, signed, type Signed } from '../helpers/requests.ts'
import { exchange } from '../http/raw-socket.ts'
import type { Target } from './target.ts'

export const json = 'Content-Type: application/json'
export const form = 'Content-Type: application/x-www-form-urlencoded'

/** What was sent, and the status that it must get. */
export type Cases = readonly (readonly [string, string | Buffer, number])[]

/** Sends what was made of a fresh session. */
export async function refusedAsBytes(target: Target, make: (session: Signed) => Cases): Promise<void> {
  const session = await target.signIn()
  await target.unmoved(async () => {
    for (const [what, bytes, status] of make(session)) {
      const answers = await exchange(target.url, bytes)
      expect([what, answers.map((answer) => answer.status)]).toEqual([what, [status]])
      expect([what, answers[0]?.body.includes('lkr1_')]).toEqual([what, false])
    }
  })
  signed(await renew(target.url, session.refreshToken))
}
