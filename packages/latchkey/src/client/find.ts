// Which session is here, as far as can be known without asking the server.

import type { Core } from './core.ts'
import { ClientError, type EndedReason } from './errors.ts'
import { heldOf } from './held.ts'
import { opened } from './seal.ts'
import { adopt, meet } from './session.ts'
import type { Kept } from './storage.ts'

/** What the browser's cookies say: a session's id, null for nobody, undefined where they cannot be seen or are not used. */
export const hintOf = ({ baseUrl, inCookies, hint }: Core): string | null | undefined =>
  inCookies ? hint?.(baseUrl) : undefined

/** What is kept of the session that is here; undefined where there is none. Throws `RefreshUnavailable` where the storage fails, and nothing else says who is here. */
export async function find(core: Core): Promise<Kept | undefined> {
  const hint = hintOf(core)
  if (hint === null) return undefined
  const kept = await core.storage.read(hint)
  if (core.storage.fails && !kept && !hint) throw new ClientError('RefreshUnavailable')
  return kept?.sessionId && !kept.ended ? kept : hint ? { sessionId: hint, turn: 0 } : undefined
}

/** The same, and brings what this tab knows in step with it. Throws `SignedOut`. */
export async function look(core: Core): Promise<Kept> {
  const { storage, state, epoch } = core
  const kept = await find(core)
  // Somebody has signed out, or in, while this was read.
  if (core.epoch !== epoch) return look(core)
  const { sessionId } = kept ?? {}
  // Another tab may have met the end, and have written down why.
  const last = state.sessionId && !sessionId ? await storage.read(state.sessionId) : null
  meet(core, sessionId, last?.ended ?? (sessionId ? 'replaced' : 'signed_out'))
  if (!kept) throw new ClientError('SignedOut')
  const { lifeMs = 0, expiresAt = 0, turn } = kept
  if (turn > (core.held?.turn ?? 0) || core.held?.sessionId !== sessionId) {
    const accessToken = await opened(kept).catch(() => undefined)
    if (core.epoch !== epoch) return look(core)
    adopt(core, heldOf(core, accessToken, turn, lifeMs, expiresAt - core.now()))
  }
  return kept
}

/** Forgets a session, here and in all tabs; what remains says why it ended, unless its user has left. */
export async function forget(core: Core, { sessionId, turn }: Kept, ended: EndedReason): Promise<void> {
  const { baseUrl, storage } = core
  if (core.inCookies) core.dropHint?.(baseUrl, sessionId)
  await (ended === 'signed_out' ? storage.remove(sessionId) : storage.write({ sessionId, turn, ended }))
  core.channel?.postMessage(0)
}
