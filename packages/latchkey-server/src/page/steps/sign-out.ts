// Step 6: the session ends, and with it, at once, an access token that had not run out.
import type { Act } from '../acts.ts'
import * as api from '../api.ts'
import { type Page, wireButton } from '../page.ts'
import { explain, seconds } from '../sentences.ts'
import { secondsLeft, type Session } from '../session.ts'
import { Outcome } from '../views/outcome.ts'

export function mountSignOut(page: Page): void {
  wireButton(page, {
    id: 'sign-out',
    outcome: new Outcome('outcome-sign-out'),
    available: ({ alive }) => alive,
    work: (act) => signOut(page.session, act),
  })
}

async function signOut(session: Session, act: Act): Promise<void> {
  const { held } = session
  if (!held) return
  const answer = await api.logout(held.refreshToken)
  session.hear(answer)
  if (answer.status !== 204) {
    act.record(answer, explain(answer))
    return act.say('outage', `${explain(answer)} You are not signed out yet: please try again.`)
  }
  act.record(answer, 'Any token of the session ends it. The server revokes it, durably, before it answers.')
  const { access } = held
  session.forget()
  if (!access) return act.say('good', 'You are signed out. There was no access token left to try.')
  const left = seconds(secondsLeft(access))
  const refused = await api.me(access.text)
  session.hear(refused)
  act.record(refused, `One last try with the access token, which had ${left} left. ${explain(refused)}`)
  if (refused.status === 401) {
    act.say('good', `You are signed out. The access token had ${left} left, and the server refuses it already.`)
  } else act.say('alarm', `You are signed out, but the last try was not refused as it should be. ${explain(refused)}`)
}
