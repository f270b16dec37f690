// Step 2: the access token lives for minutes and is renewed without a question.
import type { Act } from '../acts.ts'
import * as api from '../api.ts'
import { guardedCall, sayRefusal } from '../guarded-call.ts'
import { type Page, wireButton } from '../page.ts'
import { renew } from '../renewal.ts'
import { seconds } from '../sentences.ts'
import { secondsLeft, type Session } from '../session.ts'
import { Outcome } from '../views/outcome.ts'

export function mountAccessToken(page: Page): void {
  const { session } = page
  const outcome = new Outcome('outcome-access')
  // After the end they stay: the refusals are worth seeing.
  const known = ({ held }: Session): boolean => held !== undefined
  const hasAccess = ({ held, alive }: Session): boolean => alive && held?.access !== undefined
  const renewNow = async (act: Act): Promise<void> => {
    await renew(session, act, 'You asked for a renewal.')
  }
  wireButton(page, { id: 'call-me', outcome, available: known, work: (act) => callMe(session, act) })
  wireButton(page, { id: 'renew', outcome, available: known, work: renewNow })
  wireButton(page, { id: 'drop-access', outcome, available: hasAccess, work: (act) => drop(session, act) })
  wireButton(page, { id: 'spoil-access', outcome, available: hasAccess, work: (act) => spoil(session, act) })
}

async function callMe(session: Session, act: Act): Promise<void> {
  const generation = session.held?.generation
  const answer = await guardedCall(session, act, api.me)
  if (!answer) return
  if (answer.status !== 200) return sayRefusal(session, act, answer)
  act.record(answer, 'The access token opens the route. The server checks it without a look into its store.')
  const left = session.held?.access ? seconds(secondsLeft(session.held.access)) : ''
  const silently = session.held?.generation === generation ? '' : ' The page renewed on the way, and asked you nothing.'
  act.say('good', `GET /me answered. The access token has ${left} left.${silently}`)
}

async function drop(session: Session, act: Act): Promise<void> {
  session.setAccess(undefined)
  act.say('note', 'The access token is gone. Nothing is lost: the next call renews first. Try GET /me.')
}

/** For the impatient: the server refuses a changed signature just as it refuses a token that has run out. */
async function spoil(session: Session, act: Act): Promise<void> {
  const access = session.held?.access
  if (!access) return
  const at = access.text.length - 10
  const other = access.text.charAt(at) === 'A' ? 'B' : 'A'
  session.setAccess({ ...access, text: access.text.slice(0, at) + other + access.text.slice(at + 1) })
  act.say('note', 'One character of the access token is wrong now. Try GET /me: a 401, a renewal, then the answer.')
}
