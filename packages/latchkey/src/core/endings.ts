// The ways a session ends before its time. Each is durable before it is acknowledged, and known to this node's set of
// revoked sessions from the same moment, so the next request with an access token of the session is refused (I10).

import { noteEnded, type Engine } from './engine.ts'
import { isLatchkeyError } from './errors.ts'
import { nowhere, type OriginOf } from './events.ts'
import { policyFields } from './policy.ts'
import { publicIdOf } from './public-id.ts'
import { authentic } from './refresh.ts'
import type { EndReason, Session, SessionView, Transport } from './session.ts'
import { expiresAt, isLive, viewOf } from './session.ts'

export interface SignOut {
  readonly token: string
  /** How it came; any, where nothing is said. */
  readonly transport?: Transport | undefined
  /** The client that sent it, authenticated by the caller; `first-party` where nothing is said. */
  readonly client?: string | undefined
  readonly origin?: OriginOf | undefined
}

/** Ends the session of any authentic token, of any generation, proved or not; anything else changes nothing. */
export async function signOut(engine: Engine, request: SignOut): Promise<void> {
  engine.checkClock()
  const { origin = nowhere } = request
  const opened = await authentic(engine, request).catch((error: unknown) => {
    if (isLatchkeyError(error) && error.code !== 'store_unavailable') return null
    throw error
  })
  if (opened === null) return
  await endSession(engine, opened.sid, 'signed_out', origin)
  // Also where another node has ended it before: from this acknowledgement on, this node refuses it too.
  noteGone(engine, publicIdOf(opened.root, opened.sid))
}

/**
 * Ends one session of a subject, by public id; false where there is no such live session. One that has ended already is
 * ended again: a first try may have stopped half-way, and the store puts right what is missing.
 */
export async function revoke(
  engine: Engine,
  subject: string,
  publicId: string,
  reason: EndReason,
  origin: OriginOf,
): Promise<boolean> {
  const session = await engine.call((signal) => engine.store.findPublic(subject, publicId, signal))
  // A store may decode an id leniently; it is one spelling that names a session.
  if (session === null || session.publicId !== publicId) return false
  if (session.revokedAt === null && !isLive(session, engine.ports.now())) return false
  const ended = await endSession(engine, session.sid, reason, origin)
  noteGone(engine, publicId)
  return ended
}

/** Ends all of a subject's sessions, or all but one; the number ended. */
export async function revokeAll(
  engine: Engine,
  subject: string,
  reason: EndReason,
  origin: OriginOf,
  except?: Session,
): Promise<number> {
  const at = engine.ports.now()
  const ending = { at, reason, ...(except === undefined ? {} : { exceptSid: except.sid }) }
  const ended = await engine.call((signal) => engine.store.revokeAll(subject, ending, signal))
  const alive = ended.filter((session) => lived(session, at))
  for (const session of alive) noteEnded(engine, session, origin, at)
  // Those that an earlier try has ended, whose answer was lost, are told by the store alone.
  await engine.feed.catchUp()
  return alive.length
}

/** A subject's live session by public id, asked of the store now; null where there is none. */
export async function findLive(engine: Engine, subject: string, publicId: string): Promise<Session | null> {
  const session = await engine.call((signal) => engine.store.findPublic(subject, publicId, signal))
  return session !== null && isLive(session, engine.ports.now()) ? session : null
}

/** A subject's live sessions, the newest first. */
export async function listLive(engine: Engine, subject: string): Promise<SessionView[]> {
  const query = { subject, liveAt: engine.ports.now(), limit: policyFields.maxSessions.max }
  const sessions = await engine.call((signal) => engine.store.list(query, signal))
  return sessions.map(viewOf).toReversed()
}

async function endSession(engine: Engine, sid: string, reason: EndReason, origin: OriginOf): Promise<boolean> {
  const at = engine.ports.now()
  const ended = await engine.call((signal) => engine.store.revoke(sid, { at, reason }, signal))
  if (ended === null || !lived(ended, at)) return false
  noteEnded(engine, ended, origin, at)
  return true
}

const noteGone = (engine: Engine, publicId: string): void =>
  engine.feed.note({ publicId, revokedAt: engine.ports.now() })

// A row whose life was over is ended too, so that no clock can bring it back; but nothing has happened to anybody.
const lived = (ended: Session, at: number): boolean => at < expiresAt(ended)
