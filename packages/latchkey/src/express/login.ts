// The routes of the plain dialect, one function each: read, ask the engine, answer. docs/http.md has them as a table.

import type { OutgoingHttpHeaders } from 'node:http'
import type { Request, Response } from 'express'
import {
  isLatchkeyError,
  LatchkeyError,
  transports,
  type Latchkey,
  type SessionView,
  type Tokens,
  type Transport,
} from '../index.ts'
import { sendJson, sendNothing } from './answers.ts'
import { accessTokenOf, proofOf, refreshTokenOf, refreshTokensOf } from './carrier.ts'
import { objectOf, ownMember, readJson } from './json-body.ts'
import { originOf } from './origin.ts'
import { liveCaller } from './require-auth.ts'
import type { Settings, SignInUser } from './settings.ts'

/** What a route works with. */
export interface Exchange {
  readonly req: Request
  readonly res: Response
  readonly settings: Settings
}

/** POST /login: credentials for a session. */
export async function login({ req, res, settings }: Exchange): Promise<void> {
  const body = await readJson(req)
  req.body ??= body
  const credentials = credentialsOf(objectOf(body), settings.credentials)
  const kind = sessionKindOf(req, settings)
  const authTime = settings.latchkey.now()
  const user = await settings.authenticate(credentials, req)
  if (user === null || user === undefined) throw new LatchkeyError('credentials_refused')
  await answerSignIn({ req, res, settings }, user, { ...kind, authTime })
}

/** Begins a session for this user and answers with its first tokens. */
export async function signIn(exchange: Exchange, user: SignInUser): Promise<void> {
  const kind = sessionKindOf(exchange.req, exchange.settings)
  await answerSignIn(exchange, user, { ...kind, authTime: user.authTime })
}

interface SessionKind {
  readonly proof: 'plain' | 'session_key'
  readonly transport: Transport
  readonly authTime?: number | undefined
}

async function answerSignIn({ req, res, settings }: Exchange, user: SignInUser, kind: SessionKind): Promise<void> {
  const { id: subject, profile, claims, scope } = user
  const origin = (): ReturnType<typeof originOf> => originOf(req)
  const tokens = await settings.latchkey.signIn({ subject, claims, scope, origin, ...kind })
  const { sessionKey } = tokens
  const shown = { user: { ...profile, id: subject }, ...(sessionKey === null ? {} : { sessionKey }) }
  sendTokens(res, tokens, kind.transport, shown)
}

function credentialsOf(body: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, string> {
  const entries = names.map((name): [string, string] => {
    const value = ownMember(body, name)
    if (typeof value !== 'string' || value === '' || value.length > 1024 || value.includes('\0')) {
      throw new LatchkeyError('request_malformed', { detail: `${name} is not a text of 1 to 1024 characters` })
    }
    return [name, value]
  })
  return Object.fromEntries(entries)
}

// Both are fixed here for the session's life: later, a thief could choose.
function sessionKindOf(req: Request, { transports: allowed }: Settings): SessionKind {
  const asked = proofOf(req)
  if (asked !== undefined && asked !== 'v1') {
    throw new LatchkeyError('request_malformed', { detail: 'Latchkey-Proof at sign-in takes "v1"' })
  }
  const name = req.headers['latchkey-transport'] ?? 'body'
  const transport = transports.find((each) => each === name)
  if (transport === undefined || !allowed.includes(transport)) {
    throw new LatchkeyError('request_malformed', { detail: 'Latchkey-Transport names no transport that is allowed' })
  }
  return { proof: asked === undefined ? 'plain' : 'session_key', transport }
}

/** POST /token and POST /refresh: a refresh token for a new pair. */
export async function renew({ req, res, settings }: Exchange): Promise<void> {
  const body = await readJson(req)
  const proof = proofOf(req)
  const { token, transport } = refreshTokenOf(req, body)
  const origin = (): ReturnType<typeof originOf> => originOf(req)
  const tokens = await settings.latchkey.refresh({ token, transport, proof, origin })
  sendTokens(res, tokens, transport, {})
}

function sendTokens(res: Response, tokens: Tokens, transport: Transport, more: object): void {
  const { accessToken, refreshToken, expiresInSeconds: expiresIn, nonce } = tokens
  const headers: OutgoingHttpHeaders = {}
  if (nonce !== null) headers['Latchkey-Nonce'] = nonce
  if (transport === 'header') headers['Refresh-Token'] = refreshToken
  const carried = transport === 'body' ? { refreshToken } : {}
  sendJson(res, 200, { accessToken, ...carried, tokenType: 'Bearer', expiresIn, ...more }, headers)
}

/** POST /logout: ends the session of whatever token came, in whatever shape; 204 always, but for an outage. */
export async function logout({ req, res, settings }: Exchange): Promise<void> {
  const { latchkey } = settings
  const origin = (): ReturnType<typeof originOf> => originOf(req)
  const body = await readJson(req).catch(() => undefined)
  for (const { token, transport } of readable(() => refreshTokensOf(req, body)) ?? []) {
    await latchkey.signOut({ token, transport, origin })
  }
  const access = readable(() => accessTokenOf(req))
  if (access !== undefined) await signOutByAccess(latchkey, access, origin)
  sendNothing(res)
}

async function signOutByAccess(
  latchkey: Latchkey,
  token: string,
  origin: () => ReturnType<typeof originOf>,
): Promise<void> {
  const access = await latchkey.verify(token).catch((error: unknown) => {
    if (isLatchkeyError(error) && error.code !== 'store_unavailable') return null
    throw error
  })
  if (access !== null) await latchkey.revoke(access.subject, access.sessionId, 'signed_out', origin)
}

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    if (isLatchkeyError(error)) return undefined
    throw error
  }
}

/** POST /logout/all: ends all sessions of the caller, this one too. */
export async function logoutAll({ req, res, settings }: Exchange): Promise<void> {
  const { subject } = await liveCaller(settings.latchkey, req)
  await settings.latchkey.revokeAll(subject, 'signed_out_everywhere', () => originOf(req))
  sendNothing(res)
}

/** GET /sessions: the caller's devices. */
export async function listSessions({ req, res, settings }: Exchange): Promise<void> {
  const { subject, sessionId } = await liveCaller(settings.latchkey, req)
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
  const { subject } = await liveCaller(settings.latchkey, req)
  await settings.latchkey.revoke(subject, id, 'signed_out', () => originOf(req))
  sendNothing(res)
}

/** DELETE /sessions: ends all of the caller's sessions but this one. */
export async function endOtherSessions({ req, res, settings }: Exchange): Promise<void> {
  const { subject, sessionId } = await liveCaller(settings.latchkey, req)
  await settings.latchkey.revokeOthers(subject, sessionId, () => originOf(req))
  sendNothing(res)
}
