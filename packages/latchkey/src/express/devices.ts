// The caller's own sessions, as a list of devices he recognises, and the ways to end them. Always asked of the store,
// with an access token: never by the refresh token, which is for renewal alone.

import type { SessionView } from '../index.ts'
import { sendJson, sendNothing } from './answers.ts'
import { forgetSession, holdsSession } from './cookies.ts'
import type { Exchange } from './exchange.ts'
import { originOf } from './origin.ts'
import { liveCaller } from './require-auth.ts'

/** GET /sessions: the caller's devices. */
export async function listSessions({ req, res, settings }: Exchange): Promise<void> {
  const { subject, sessionId } = await liveCaller(settings, req)
  const sessions = await settings.latchkey.list(subject)
  sendJson(res, 200, { sessions: sessions.map((session) => deviceOf(session, sessionId)) })
}

const deviceOf = ({ id, device, createdAt, lastSeenAt }: SessionView, current: string): object => ({
  id,
  label: device.label,
  createdAt: new Date(createdAt).toISOString(),
  lastSeenAt: new Date(lastSeenAt).toISOString(),
  place: device.place,
  current: id === current,
})

/** DELETE /sessions/:id: ends one of the caller's sessions; the same answer where it is nobody's, or another's. */
export async function endSession({ req, res, settings }: Exchange, id: string): Promise<void> {
  const { subject } = await liveCaller(settings, req)
  const ended = await settings.latchkey.revoke(subject, id, 'signed_out', () => originOf(req))
  if (ended && holdsSession(req, settings, id)) forgetSession(res, settings)
  sendNothing(res)
}

/** DELETE /sessions: ends all of the caller's sessions but this one. */
export async function endOtherSessions({ req, res, settings }: Exchange): Promise<void> {
  const { subject, sessionId } = await liveCaller(settings, req)
  await settings.latchkey.revokeOthers(subject, sessionId, () => originOf(req))
  sendNothing(res)
}
