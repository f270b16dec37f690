// One renewal: look, lock, look again, and ask only where nobody else has. What an answer means for the session is decided
// here, and nowhere else.

import type { Core } from './core.ts'
import { ClientError, type EndedReason } from './errors.ts'
import { forget, look } from './find.ts'
import type { Held } from './held.ts'
import { settled, take } from './kept.ts'
import { locked } from './locked.ts'
import { end, good } from './session.ts'
import type { Kept } from './storage.ts'
import { post } from './wire.ts'

/** The reasons of the server's problems on which a session is over, and what to call them here. No other reason ends one. */
const endings: Readonly<Record<string, EndedReason | null | undefined>> = {
  __proto__: null,
  expired: 'expired',
  ended: 'revoked',
  reuse: 'reuse_detected',
  invalid: 'revoked',
  unproved: 'lost',
  missing: 'lost',
}

/** Sees to it that there is a token that is `enough`. Throws `SignedOut`, `RefreshRejected`, or what kept the server from answering. */
export async function run(core: Core, enough: () => Held | undefined): Promise<void> {
  await look(core)
  if (enough()) return
  await locked(core, async (isLocked) => {
    const kept = await look(core)
    if (!(isLocked ? enough() : good(core))) await ask(core, kept)
  })
}

async function ask(core: Core, kept: Kept, isSecond?: boolean): Promise<void> {
  const { epoch, inCookies } = core
  const { sessionId, refreshToken, turn } = kept
  // A storage that was emptied or set back counts from below.
  const next = Math.max(turn, core.held?.turn ?? 0) + 1
  const answer = await post(core, 'token', inCookies ? {} : { refreshToken }, (url, nonce = kept.nonce) =>
    // A key that cannot be used is none, and the server will say so.
    core.proof.prove(url, { ...kept, nonce }).catch(() => ({})),
  )
  if (core.epoch !== epoch) return settled(core)
  const last = await look(core)
  const { details } = answer
  if (!answer.isRefusal) return take(core, answer, last, next, epoch)
  const reason = /^40[013]$/.test(`${details.status}`) && endings[`${details.reason}`]
  if (!reason) throw new ClientError('RefreshUnavailable', details)
  // Another tab or process may have renewed it meanwhile, or have signed in with another key.
  const isOther = last.sessionId !== sessionId || last.turn !== turn
  if (!isSecond && (isOther || (reason === 'lost' && last.key))) return ask(core, last, true)
  // A key that cannot be read for now is not lost.
  if (reason === 'lost' && core.storage.fails) throw new ClientError('RefreshUnavailable', details)
  end(core, sessionId, reason)
  await forget(core, kept, reason)
  throw new ClientError('RefreshRejected', { reason })
}
