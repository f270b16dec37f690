// Which session is here, as far as can be known without asking the server.

import { noop, type Core } from './core.ts'
import { clientError, type EndedReason } from './errors.ts'
import { heldOf } from './held.ts'
import { opened } from './seal.ts'
import { adopt, knows, meet } from './session.ts'
import type { Kept } from './storage.ts'

/** What is kept of the session that is here; undefined where there is none. Throws `RefreshUnavailable` where the storage fails, and nothing else says who is here. */
export const find = async (core: Core): Promise<Kept | undefined> => {
  const hint = core.cookies?.hint(core.base)
  if (hint === null) return undefined
  const kept = await core.storage.read(hint)
  if (core.storage.fails && !kept && !hint) throw clientError('RefreshUnavailable')
  return kept?.sessionId && !kept.ended ? kept : hint ? { sessionId: hint, turn: 0 } : undefined
}

/** The same, and brings what this tab knows in step with it. Throws `SignedOut`. */
export const look = async (core: Core): Promise<Kept> => {
  const over = core.over
  const known = core.held?.sessionId
  const found = await find(core)
  // What is over does not come back, though a late answer sets its cookies again, or it has not been forgotten yet.
  const kept = found?.sessionId === over ? undefined : found
  const accessToken = kept && !knows(core, kept) && (await opened(kept).catch(noop))
  // Another tab may have met the end, and have written down why.
  const last = known && !kept ? await core.storage.read(known) : null
  // Somebody has signed out, or in, while this was read.
  if (core.over !== over) return look(core)
  meet(core, kept?.sessionId, kept ? 'replaced' : (last?.ended ?? 'signed_out'))
  if (!kept) throw clientError('SignedOut')
  adopt(core, heldOf(core, accessToken, kept))
  return kept
}

/** Forgets a session, here and in all tabs; what remains says why it ended, unless its user has left. */
export const forget = async (core: Core, kept: Kept | undefined, ended: EndedReason): Promise<void> => {
  if (kept) {
    const { sessionId, turn } = kept
    core.cookies?.dropHint(core.base, sessionId)
    await (ended === 'signed_out' ? core.storage.remove(sessionId) : core.storage.write({ sessionId, turn, ended }))
  }
  core.channel?.postMessage(0)
}
