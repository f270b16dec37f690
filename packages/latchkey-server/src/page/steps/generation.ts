// Step 3: the refresh token, decoded, and the ratchet that counts its generations.
import { type Page, wireButton } from '../page.ts'
import { renew } from '../renewal.ts'
import { Outcome } from '../views/outcome.ts'
import { showRefreshToken } from '../views/ratchet.ts'

export function mountGeneration(page: Page): void {
  const { session } = page
  wireButton(page, {
    id: 'turn',
    outcome: new Outcome('outcome-generation'),
    available: ({ alive }) => alive,
    work: async (act) => {
      await renew(session, act, 'One tooth further.')
    },
  })
  session.onChange(() => showRefreshToken(session.held?.refreshToken))
}
