// Renewals that a hostile reader thought of: what waits before the store is asked must not make a second tab a thief.

import { expect, it } from 'vitest'
import { openEngine, plain, second } from '../helpers/engine.ts'

it('counts the leeway from the rotation itself, however long `admit` has waited before it (RT-4, I3)', async () => {
  const { latchkey, clock } = await openEngine()
  const { refreshToken: token } = await latchkey.signIn(plain)
  const slow = { token, transport: 'body', admit: () => clock.advance(15 * second) } as const
  const first = await latchkey.refresh(slow)
  clock.advance(second)
  const again = await latchkey.refresh({ token, transport: 'body' })
  expect(again.refreshToken).toBe(first.refreshToken)
})

it('does not renew a session whose life has ended while `admit` waited (RT-7, I10)', async () => {
  const { latchkey, clock } = await openEngine({ idleSeconds: 1000, absoluteSeconds: 1000 })
  const { refreshToken: token } = await latchkey.signIn(plain)
  clock.advance(995 * second)
  const late = latchkey.refresh({ token, transport: 'body', admit: () => clock.advance(10 * second) })
  await expect(late).rejects.toMatchObject({ code: 'token_expired' })
})

it('gives no access token that outlives the memory of a sign-out that came while `admit` waited (I10, DP-8)', async () => {
  const { latchkey, clock } = await openEngine()
  const thumbprint = 'A'.repeat(43)
  const bound = { proof: 'dpop', transport: 'body', thumbprint } as const
  const { refreshToken: token } = await latchkey.signIn({ subject: 'ada', ...bound })
  await latchkey.refresh({ token, transport: 'body', thumbprint })
  // The older token again: nothing is written that could notice the sign-out.
  const admit = async (): Promise<void> => {
    clock.advance(300 * second)
    await latchkey.signOut({ token })
    clock.advance(200 * second)
  }
  const { accessToken } = await latchkey.refresh({ token, transport: 'body', thumbprint, admit })
  for (let passed = 0; passed < 1300; passed += 10) {
    await expect(latchkey.verify(accessToken)).rejects.toMatchObject({ code: /^access_(ended|expired)$/ })
    clock.advance(10 * second)
  }
})
