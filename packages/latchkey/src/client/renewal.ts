// One renewal: look, lock, look again, and ask only where nobody else has. What an answer means for the session is decided
// here, and nowhere else.

import type { Core } from './core.ts'
import { clientError, type EndedReason } from './errors.ts'
import { forget, look } from './find.ts'
import { take } from './kept.ts'
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

/** Sees to it that there is a fresh token. Throws `SignedOut`, `RefreshRejected`, or what kept the server from answering. */
export const run = async (core: Core): Promise<void> => {
  await look(core)
  if (good(core)) return
  await locked(core, async (isLocked) => {
    const kept = await look(core)
    if (!good(core, isLocked ? undefined : 0)) await ask(core, kept)
  })
}

const ask = async (core: Core, kept: Kept, isSecond?: boolean): Promise<void> => {
  // A storage that was emptied or set back counts from below.
  const next = Math.max(kept.turn, core.held?.turn ?? 0) + 1
  const answer = await post(core, 'token', { refreshToken: kept.refreshToken }, async (url, nonce = kept.nonce) =>
    // A key that cannot be used is none, and the server will say so.
    core.proof.prove(url, { ...kept, nonce }, await core.mode?.covered(kept)).catch(() => ({})),
  )
  const last = await look(core)
  if (answer.ok) return take(core, answer, last, next)
  const reason = [400, 401, 403].includes(answer.details.status) && endings[answer.details.reason as string]
  if (!reason) throw clientError('RefreshUnavailable', answer.details)
  // Another tab or process may have renewed it meanwhile, or have signed in with another key.
  const isOther = last.sessionId !== kept.sessionId || last.turn !== kept.turn
  if (isOther || (!isSecond && reason === 'lost' && last.key)) return ask(core, last, true)
  // A key that cannot be read for now is not lost.
  if (reason === 'lost' && core.storage.fails) throw clientError('RefreshUnavailable', answer.details)
  end(core, kept.sessionId, reason)
  await forget(core, kept, reason)
  throw clientError('RefreshRejected', { reason })
}
