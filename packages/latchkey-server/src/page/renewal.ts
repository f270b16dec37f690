// Renewal: presenting a refresh token, with the proof if the session is keyed, and acting on the answer.
import type { Act } from './acts.ts'
import * as api from './api.ts'
import type { Answer } from './exchange.ts'
import { explain } from './sentences.ts'
import { prove } from './session-key.ts'
import type { Held, Session } from './session.ts'

/**
 * Presents a refresh token of the held session, its current one or an earlier one.
 * A nonce that is too old is tried once more with the new one: the server has not touched the session.
 */
export async function present(session: Session, act: Act, refreshToken: string): Promise<Answer> {
  const answer = await presentOnce(session, refreshToken)
  if (answer.status !== 401 || !session.held?.key || !answer.nonce) return answer
  act.record(answer, 'The nonce was too old. The answer brings a new one, so the page proves again.')
  return presentOnce(session, refreshToken)
}

async function presentOnce(session: Session, refreshToken: string): Promise<Answer> {
  const answer = await api.token(refreshToken, await proofFor(session.held, refreshToken))
  session.hear(answer)
  return answer
}

/** The proof header's value, or undefined for a plain session. */
export async function proofFor(held: Held | undefined, refreshToken: string): Promise<string | undefined> {
  return held?.key && held.nonce ? prove(held.key, held.nonce, refreshToken) : undefined
}

/** Renews with the current token. True: a fresh access token is held. Otherwise the act has said why not. */
export async function renew(session: Session, act: Act, why: string): Promise<boolean> {
  const before = session.held
  if (!before) return false
  const answer = await present(session, act, before.refreshToken)
  const settled = session.settle(answer)
  const after = session.held?.generation ?? before.generation
  const how = before.key ? 'with a proof of the session key' : 'with nothing but the refresh token'
  if (settled === 'rotated') {
    act.record(answer, `${why} Generation ${before.generation} became ${after}.`)
    act.say('good', `Renewed ${how}. Generation ${before.generation} became ${after}, with a fresh access token.`)
  } else if (settled === 'again') {
    act.record(answer, `${why} The server gave generation ${after} again.`)
    act.say('good', `Somebody had renewed already, so the server gave the one successor again: generation ${after}.`)
  } else {
    act.record(answer, explain(answer))
    act.say(settled === 'unavailable' ? 'outage' : 'alarm', `${explain(answer)} ${AFTERMATH[settled]}`)
  }
  return settled === 'rotated' || settled === 'again'
}

const AFTERMATH = {
  ended: 'Sign in again to start a new session.',
  refused: 'The session itself goes on.',
  unavailable: 'The session goes on, and the page keeps its tokens and tries again.',
} as const
