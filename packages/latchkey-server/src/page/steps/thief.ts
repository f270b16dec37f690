// Step 4, second part: somebody has copied the refresh token, but not the session key, which nobody can copy.
import type { Act } from '../acts.ts'
import * as api from '../api.ts'
import { type Page, wireButton } from '../page.ts'
import { renew } from '../renewal.ts'
import { explain } from '../sentences.ts'
import { isOutage, type Session } from '../session.ts'
import { Outcome } from '../views/outcome.ts'

export function mountThief(page: Page): void {
  wireButton(page, {
    id: 'thief',
    outcome: new Outcome('outcome-thief'),
    available: ({ alive }) => alive,
    work: (act) => playThief(page.session, act),
  })
}

async function playThief(session: Session, act: Act): Promise<void> {
  const { held } = session
  if (!held) return
  const answer = await api.token(held.refreshToken)
  session.hear(answer)
  if (isOutage(answer)) {
    act.record(answer, explain(answer))
    return act.say('outage', `${explain(answer)} The session goes on.`)
  }
  if (answer.status === 200) {
    act.record(answer, 'The thief sends a copy of the refresh token. Nothing tells thief from owner.')
    return act.say('alarm', held.key ? KEY_FAILED : PLAIN_ROBBED)
  }
  act.record(answer, `The thief sends a copy of the refresh token. ${explain(answer)}`)
  if (!(await renew(session, act, 'The owner renews, as if nothing had happened.'))) return
  act.say(
    'good',
    'The thief got nothing, and the server now knows that a copy is about. The owner has the session key, and goes on.',
  )
}

const PLAIN_ROBBED =
  'The thief has a token now: that is the limit of a plain session. Renew at once, and you share the one successor. Renew after the leeway, and the server sees a token twice and ends the session.'
const KEY_FAILED = 'The server renewed a keyed session without a proof. That must never happen: please report it.'
