// How a session begins and how its user ends it: the requests, and what is kept and forgotten after them. Both run alone,
// in this tab and among all: an answer to an older renewal that came in after them would put the older session's cookie
// in the place of the newer one's.

import { noop, type Core } from './core.ts'
import { ClientError } from './errors.ts'
import { find, hintOf } from './find.ts'
import { take } from './kept.ts'
import type { Kept } from './storage.ts'
import { post } from './wire.ts'

/** Begins a session, in the place of any other, and keeps it; resolves with `user`. Throws `SignInRefused`, or what kept the server from answering. */
export async function begin(core: Core, credentials: object): Promise<unknown> {
  const { proof, storage, inCookies } = core
  const before = await find(core).catch(noop)
  // Where the key could not be kept, the first reload would be the end of the session: then it is begun plain.
  if (inCookies) await storage.write(before ?? { sessionId: '', turn: 0 })
  const keeps = !inCookies || (storage.keepsKeys && !storage.fails)
  await storage.remove('')
  // But never where the application has asked for a kind of proof by name.
  const isProved = proof.send ?? (keeps && !core.isPlain && globalThis.crypto?.subtle)
  const attempt = isProved && (await proof.begin(!storage.keepsKeys))
  const answer = await post(core, 'login', credentials, async (url, nonce) => (attempt ? attempt.headers(url, nonce) : {}))
  if (answer.isRefusal) throw new ClientError('SignInRefused', answer.details)
  await take(core, answer, { key: attempt ? await attempt.key(answer.body) : undefined }, 1, core.epoch)
  if (before) {
    await storage.remove(before.sessionId)
    // In cookie mode the server has ended it already, on seeing its cookie.
    if (!inCookies) await revoke(core, before).catch(noop)
  }
  return answer.body['user']
}

/** Tells the server that the session is over; whether it has heard. */
export async function revoke(core: Core, kept?: Kept): Promise<boolean> {
  const { inCookies } = core
  const hint = hintOf(core)
  // Nobody was there; or another session has taken its place, and the server has ended it on seeing its cookie.
  if (kept ? hint && hint !== kept.sessionId : !inCookies || hint === null) return true
  const content = inCookies ? {} : { refreshToken: kept?.refreshToken }
  return (await post(core, 'logout', content)).details.status === 204
}

