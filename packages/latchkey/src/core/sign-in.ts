// Begins a session: checks what the application says of it, inserts the row durably, hands out the first tokens and,
// where the client asked for one, the session key, which never travels again.

import { authenticationClaims, checkedClaims, checkScope, checkSubject, type Authentication } from './claims.ts'
import { firstParty, isClientId, isThumbprint } from './clients.ts'
import { noteEnded, rootOf, tokensOf, type Engine, type Tokens } from './engine.ts'
import { LatchkeyError, MisuseError } from './errors.ts'
import { nowhere, type Origin, type OriginOf } from './events.ts'
import { publicIdOf } from './public-id.ts'
import { transports, viewOf, type Claims, type Device, type Session, type Transport } from './session.ts'

/** A user who has just proved who he is. */
export interface SignIn extends Authentication {
  /** The user's stable id, 1 to 255 characters; not an e-mail address. */
  readonly subject: string
  /** The OAuth client that the session belongs to, for its whole life; `first-party` where nothing is said. */
  readonly client?: string | undefined
  /** `session_key` or `dpop` for a proved session; fixed for the session's life. */
  readonly proof: 'plain' | 'session_key' | 'dpop'
  /** With `dpop`: SHA-256 thumbprint of the public key that the session is bound to (RFC 7638), base64url. */
  readonly thumbprint?: string | undefined
  /** How the refresh token will travel; fixed for the session's life. */
  readonly transport: Transport
  /** False where nobody is given the refresh token: the session ends with its first access token. */
  readonly renewable?: boolean | undefined
  /** Space-separated, as in RFC 6749. */
  readonly scope?: string | undefined
  /** Added to every access token of the session: at most 4096 bytes of JSON, none of the token's own names. */
  readonly claims?: Claims | undefined
  readonly origin?: OriginOf | undefined
  /**
   * When the credentials began to be checked (`Latchkey.now()`); now, where nothing is said. A user who is signed out
   * everywhere between then and the insert gets no session.
   */
  readonly authTime?: number | undefined
}

export interface SignedIn extends Tokens {
  /** 43 characters of base64url, given once; null for plain sessions. */
  readonly sessionKey: string | null
}

/** Begins a session. Throws `argument_invalid`, `sessions_full`, `session_ended` (signed out everywhere meanwhile) or `store_unavailable`. */
export async function signIn(engine: Engine, request: SignIn): Promise<SignedIn> {
  const now = engine.ports.now()
  check(request, now, engine.policy.clockToleranceMs)
  const session = newSession(engine, request, now)
  const bound = { max: engine.policy.maxSessions, evict: engine.policy.whenFull === 'evict' }
  const insertion = await engine.call((signal) => engine.store.insert(session, bound, signal))
  if (!insertion.inserted) throw new LatchkeyError(insertion.because === 'full' ? 'sessions_full' : 'session_ended')
  for (const evicted of insertion.evicted) {
    noteEnded(engine, evicted, request.origin ?? nowhere, now)
    engine.events.emit('evicted', now, () => ({ session: viewOf(evicted) }))
  }
  engine.events.emit('signed_in', now, () => ({ session: viewOf(session) }))
  const keyed = session.proof === 'session_key'
  const sessionKey = keyed ? engine.sessionKeys.keyOf(rootOf(engine, session), session.sid) : null
  return { ...tokensOf(engine, session, now), sessionKey }
}

function newSession(engine: Engine, request: SignIn, now: number): Session {
  const { policy, ports } = engine
  const root = engine.activeRoot()
  const sid = newSid(now, ports.random(10))
  // What nobody can renew must not stand among the sessions that a user goes on with, nor push one of them out.
  const longestMs = request.renewable === false ? policy.accessMs : policy.absoluteMs
  return {
    sid,
    publicId: publicIdOf(root, sid),
    subject: request.subject,
    client: request.client ?? firstParty,
    generation: 1,
    kid: root.kid,
    proof: request.proof,
    transport: request.transport,
    thumbprint: request.thumbprint ?? null,
    scope: request.scope ?? null,
    createdAt: now,
    authTime: request.authTime ?? now,
    rotatedAt: now,
    idleExpiresAt: now + Math.min(policy.idleMs, longestMs),
    absoluteExpiresAt: now + longestMs,
    revokedAt: null,
    revokedReason: null,
    device: deviceOf((request.origin ?? nowhere)()),
    claims: { ...checkedClaims(request.claims ?? {}), ...authenticationClaims(request) },
  }
}

// An origin is whatever the application says; a row holds three texts.
function deviceOf(origin: Origin): Device {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  return { label: text(origin.label), userAgent: text(origin.userAgent), place: text(origin.place) }
}

// UUIDv7 (RFC 9562): rows are inserted, listed and swept in order of time.
function newSid(now: number, random: Buffer): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes.set(random, 6)
  bytes[6] = 0x70 | (bytes.readUInt8(6) & 0x0f)
  bytes[8] = 0x80 | (bytes.readUInt8(8) & 0x3f)
  return bytes.toString('hex')
}

function check(request: SignIn, now: number, toleranceMs: number): void {
  const { subject, client, transport, scope, renewable, authTime } = request
  checkSubject(subject)
  if (scope !== undefined) checkScope(scope)
  if (client !== undefined && !isClientId(client)) throw invalid('client must be 1 to 128 visible ASCII characters')
  checkProof(request)
  if (!transports.includes(transport)) throw invalid(`transport must be one of ${transports.join(', ')}`)
  if (!['boolean', 'undefined'].includes(typeof renewable)) throw invalid('renewable must be true or false')
  if (authTime === undefined) return
  if (!Number.isSafeInteger(authTime) || authTime <= 0) {
    throw invalid('authTime must be an instant in epoch milliseconds')
  }
  // Against a sign-out everywhere it proves nothing, and the user can simply sign in again.
  if (authTime > now + toleranceMs) {
    throw new LatchkeyError('store_unavailable', { detail: 'authTime lies in the future: a clock was set back' })
  }
}

function checkProof({ proof, thumbprint }: SignIn): void {
  if (!['plain', 'session_key', 'dpop'].includes(proof)) {
    throw invalid('proof must be "plain", "session_key" or "dpop"')
  }
  // A session that is bound to no key, or whose key nobody asks for, would look safer than it is.
  if ((proof === 'dpop') !== (thumbprint !== undefined))
    throw invalid('thumbprint goes with proof "dpop", and with no other')
  if (thumbprint !== undefined && !isThumbprint(thumbprint))
    throw invalid('thumbprint must be 43 characters of base64url')
}

const invalid = (message: string): MisuseError => new MisuseError('argument_invalid', message)
