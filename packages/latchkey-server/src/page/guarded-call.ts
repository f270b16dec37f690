// A call that needs an access token, as a client makes it: renew first if there is none, and renew once on a 401.
import type { Act } from './acts.ts'
import type { Answer } from './exchange.ts'
import { renew } from './renewal.ts'
import { causeSentence, explain } from './sentences.ts'
import { isOutage, type Session } from './session.ts'

/** The last answer, already heard and not yet recorded; undefined: it came to none, and the act has said why. */
export async function guardedCall(
  session: Session,
  act: Act,
  call: (accessToken: string) => Promise<Answer>,
): Promise<Answer | undefined> {
  if (!session.held?.access && !(await renew(session, act, 'No access token is left, so the page renews first.'))) {
    return undefined
  }
  const first = await attempt(session, call)
  // A session that is known to have ended is not renewed: its refusal is the lesson.
  if (first?.status !== 401 || !session.alive) return first
  act.record(first, `${explain(first)} So the page renews, then asks again.`)
  if (!(await renew(session, act, 'The access token was refused, so the page renews.'))) return undefined
  return attempt(session, call)
}

async function attempt(session: Session, call: (accessToken: string) => Promise<Answer>): Promise<Answer | undefined> {
  const access = session.held?.access
  if (!access) return undefined
  const answer = await call(access.text)
  session.hear(answer)
  return answer
}

/** Records and says a guarded call's answer that is not the hoped for one. */
export function sayRefusal(session: Session, act: Act, answer: Answer): void {
  act.record(answer, explain(answer))
  if (isOutage(answer)) return act.say('outage', `${explain(answer)} The session goes on: an outage signs nobody out.`)
  act.say('alarm', session.alive ? explain(answer) : `Session ended: ${causeSentence(session.cause)}. Sign in again.`)
}
