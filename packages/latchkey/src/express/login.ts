// Sign-in: POST /login, and the sign-in of an application's own route. What a session is for its whole life is fixed
// here, from the request that began it: its client, how its token travels, how its renewals are proved. Later, a thief
// could choose.

import type { Request } from 'express'
import {
  isLatchkeyError,
  LatchkeyError,
  MisuseError,
  transports,
  type Origin,
  type SignedIn,
  type Transport,
} from '../index.ts'
import { proofOf } from './carrier.ts'
import { checkKind, clientAtSignIn, clientOfApplication } from './client-sign-in.ts'
import { firstPartyClient, scopeFor, type KnownClient } from './clients.ts'
import { cookiesOf } from './cookies.ts'
import type { TokenProof } from './dpop/index.ts'
import { endEarlierSession } from './earlier-session.ts'
import type { Exchange } from './exchange.ts'
import { objectOf, ownMember, readJson } from './json-body.ts'
import { originBy } from './renewal-context.ts'
import { checkSameOrigin, refuseStrangers } from './same-origin.ts'
import type { Settings, SignInUser } from './settings.ts'
import { sendTokens } from './token-answer.ts'

type Members = Readonly<Record<string, unknown>>

/** POST /login: credentials for a session. */
export async function login(exchange: Exchange): Promise<void> {
  const { req, settings } = exchange
  const body = await readJson(req)
  req.body ??= body
  const members = objectOf(body)
  const credentials = credentialsOf(members, settings.credentials)
  const kind = await sessionKindOf(exchange, () => clientAtSignIn(req, members, settings))
  const authTime = settings.latchkey.now()
  const user = await authenticated(exchange, credentials)
  await answerSignIn(exchange, { ...user, authTime }, kind)
}

// Counted before it is known how it ends, so that a hundred guesses at once are a hundred.
async function authenticated({ req, settings }: Exchange, credentials: Record<string, string>): Promise<SignInUser> {
  const [account = ''] = settings.credentials
  const attempt = await settings.throttle.signIn(req, credentials[account] ?? '')
  const user = await settings.authenticate(credentials, req).catch(async (error: unknown) => {
    // An application may say so by throwing it: a guess is a guess.
    const isRefusal = isLatchkeyError(error) && error.code === 'credentials_refused'
    await (isRefusal ? attempt.failed() : attempt.undecided())
    throw error
  })
  if (user === null || user === undefined) {
    await attempt.failed()
    throw new LatchkeyError('credentials_refused')
  }
  await attempt.succeeded()
  return user
}

/**
 * Who these credentials belong to, for a form of the application's own; null where they are wrong. Counts the try as
 * POST /login does, but not one that another site's page makes a visitor's browser send. Throws `origin_refused`,
 * `throttled`, `request_malformed`, or what the application's `authenticate` throws.
 */
export async function checkCredentials(exchange: Exchange, given: unknown): Promise<SignInUser | null> {
  const { latchkey, credentials } = exchange.settings
  const named = credentialsOf(objectOf(given), credentials)
  refuseStrangers(exchange.req, exchange.settings)
  const authTime = latchkey.now()
  try {
    return { ...(await authenticated(exchange, named)), authTime }
  } catch (error) {
    if (isLatchkeyError(error) && error.code === 'credentials_refused') return null
    throw error
  }
}

/** Begins a session for this user and answers with its first tokens. */
export async function signIn(exchange: Exchange, user: SignInUser): Promise<void> {
  const kind = await sessionKindOf(exchange, () => clientOfApplication(user.client, exchange.settings))
  await answerSignIn(exchange, user, kind)
}

/** What a session is for its whole life. */
export interface SessionKind {
  readonly client: KnownClient
  readonly proof: 'plain' | 'session_key' | 'dpop'
  readonly bound?: TokenProof
  readonly transport: Transport
}

async function answerSignIn(exchange: Exchange, user: SignInUser, kind: SessionKind): Promise<void> {
  const tokens = await beginSession(exchange, user, kind)
  const { sessionKey } = tokens
  const shown = { user: { ...user.profile, id: user.id }, ...(sessionKey === null ? {} : { sessionKey }) }
  sendTokens(exchange, tokens, shown, kind.client.refresh)
}

/** Begins a session in the place of the one whose cookie has come along. Throws as `Latchkey.signIn`. */
export async function beginSession(exchange: Exchange, user: SignInUser, kind: SessionKind): Promise<SignedIn> {
  const { req, settings } = exchange
  const { client, proof, transport, bound } = kind
  const { id: subject, profile: _profile, client: named = client.id, ...more } = user
  // The session would be another client's, with another client's scope, and nobody would know.
  if (named !== client.id)
    throw new MisuseError('argument_invalid', 'the user names a client that this session is not for')
  const scope = scopeFor(client, user.scope)
  const origin = (): Origin => originBy(req, client)
  // Used up before anything is given for it, and only by who has proved himself: a guess costs the store nothing more.
  await bound?.spend(null)
  const thumbprint = bound?.thumbprint
  const renewable = client.refresh
  const begun = { ...more, proof, transport, thumbprint, renewable, subject, scope, client: client.id, origin }
  const tokens = await settings.latchkey.signIn(begun)
  // A registered client's session does not take the place of the browser's own.
  if (client === firstPartyClient) await endEarlierSession(exchange)
  return tokens
}

function credentialsOf(body: Members, names: readonly string[]): Record<string, string> {
  const entries = names.map((name): [string, string] => {
    const value = ownMember(body, name)
    if (typeof value !== 'string' || value === '' || value.length > 1024 || value.includes('\0')) {
      throw new LatchkeyError('request_malformed', { detail: `${name} is not a text of 1 to 1024 characters` })
    }
    return [name, value]
  })
  return Object.fromEntries(entries)
}

// In the order of docs/http.md: what is malformed, whether this page may ask, and only then who is asking.
async function sessionKindOf({ req, settings }: Exchange, clientOf: () => Promise<KnownClient>): Promise<SessionKind> {
  const transport = transportOf(req, settings)
  const keyed = asksForSessionKey(req)
  if (keyed && req.headers['dpop'] !== undefined) {
    throw new LatchkeyError('request_malformed', { detail: 'one kind of proof is enough' })
  }
  cookiesOf(req, settings)
  if (transport === 'cookie') checkSameOrigin(req, settings)
  const client = await clientOf()
  const bound = await settings.dpop.atTokenRoute(req)
  checkKind(client, transport, bound?.thumbprint)
  if (bound !== undefined) return { client, transport, proof: 'dpop', bound }
  return { client, transport, proof: keyed ? 'session_key' : 'plain' }
}

function asksForSessionKey(req: Request): boolean {
  const asked = proofOf(req)
  if (asked === undefined || asked === 'v1') return asked === 'v1'
  throw new LatchkeyError('request_malformed', { detail: 'Latchkey-Proof at sign-in takes "v1"' })
}

function transportOf(req: Request, { transports: allowed }: Settings): Transport {
  const name = req.headers['latchkey-transport'] ?? 'body'
  const transport = transports.find((each) => each === name)
  if (transport !== undefined && allowed.includes(transport)) return transport
  throw new LatchkeyError('request_malformed', { detail: 'Latchkey-Transport names no transport that is allowed' })
}
