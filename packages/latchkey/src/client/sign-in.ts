// How a session begins and how its user ends it: the requests, and what is kept and forgotten after them. Both run alone,
// in this tab and among all: an answer to an older renewal that came in after them would put the older session's cookie
// in the place of the newer one's.

import { noop, type Core } from './core.ts'
import { clientError } from './errors.ts'
import { find } from './find.ts'
import { take } from './kept.ts'
import { sealed } from './seal.ts'
import type { Kept } from './storage.ts'
import { post } from './wire.ts'

/** Begins a session, in the place of any other, and keeps it; resolves with `user`. Throws `SignInRefused`, or what kept the server from answering. */
export const begin = async (core: Core, credentials: object): Promise<unknown> => {
  const before = await find(core).catch(noop)
  // Where the key could not be kept, the first reload would be the end of the session: then it is begun plain.
  if (!core.mode)
    await core.storage.write(before?.turn ? before : { sessionId: '', turn: 0, ...(await sealed('').catch(noop)) })
  const keeps = core.mode ?? !core.storage.fails
  await core.storage.remove('')
  // But never where the application has asked for a kind of proof by name.
  const isProved = core.proof.send ?? (keeps && globalThis.crypto?.subtle)
  const attempt = isProved ? await core.proof.begin(core.mode?.keepsTexts) : undefined
  const answer = await post(core, 'login', credentials, attempt?.headers)
  if (!answer.ok) throw clientError('SignInRefused', answer.details)
  await take(core, answer, { key: await attempt?.key(answer.body) }, 1)
  if (before) {
    await core.storage.remove(before.sessionId)
    // In cookie mode the server has ended it already, on seeing its cookie.
    if (core.mode) await revoke(core, before).catch(noop)
  }
  return answer.body['user']
}

/** Tells the server that the session is over; whether it has heard. */
export const revoke = async (core: Core, kept?: Kept): Promise<boolean> => {
  const hint = core.cookies?.hint(core.base)
  // Nobody was there; or another session has taken its place, and the server has ended it on seeing its cookie. Without a hint
  // there may be a cookie all the same: an earlier try may not have reached the server.
  if (kept ? hint && hint !== kept.sessionId : (core.mode ?? hint)) return true
  return (await post(core, 'logout', { refreshToken: kept?.refreshToken })).details.status === 204
}
