// Begins a session: checks what the application says of it, inserts the row durably, hands out the first tokens and,
// where the client asked for one, the session key, which never travels again.

import { firstParty, noteEnded, tokensOf, type Engine, type Tokens } from './engine.ts'
import { LatchkeyError, MisuseError } from './errors.ts'
import { reservedClaims } from './access-token.ts'
import { nowhere, type OriginOf } from './events.ts'
import { viewOf, type Claims, type Session, type Transport } from './session.ts'

/** A user who has just proved who he is. */
export interface SignIn {
  /** The user's stable id, 1 to 255 characters; not an e-mail address. */
  readonly subject: string
  /** `session_key` for a proved session; fixed for the session's life. */
  readonly proof: 'plain' | 'session_key'
  /** How the refresh token will travel; fixed for the session's life. */
  readonly transport: Transport
  /** Space-separated, as in RFC 6749. */
  readonly scope?: string | undefined
  /** Added to every access token of the session: at most 4096 characters of JSON, none of the token's own names. */
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

const maxClaimCharacters = 4096

/** Begins a session. Throws `argument_invalid`, `sessions_full`, `session_ended` (signed out everywhere meanwhile) or `store_unavailable`. */
export async function signIn(engine: Engine, request: SignIn): Promise<SignedIn> {
  check(request)
  const now = engine.ports.now()
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
  const sessionKey = keyed ? engine.sessionKeys.keyOf(engine.ring.activeRoot, session.sid) : null
  return { ...tokensOf(engine, session, now), sessionKey }
}

function newSession(engine: Engine, request: SignIn, now: number): Session {
  const { policy, ports, ring } = engine
  return {
    sid: newSid(now, ports.random(10)),
    publicId: ports.random(16).toString('base64url'),
    subject: request.subject,
    client: firstParty,
    generation: 1,
    kid: ring.activeRoot.kid,
    proof: request.proof,
    transport: request.transport,
    thumbprint: null,
    scope: request.scope ?? null,
    createdAt: now,
    authTime: request.authTime ?? now,
    rotatedAt: now,
    idleExpiresAt: now + policy.idleMs,
    absoluteExpiresAt: now + policy.absoluteMs,
    revokedAt: null,
    revokedReason: null,
    device: { label: '', userAgent: '', place: '', ...request.origin?.() },
    claims: request.claims ?? {},
  }
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

function check({ subject, scope, claims }: SignIn): void {
  if (typeof subject !== 'string' || subject.length === 0 || subject.length > 255 || subject.includes('\0')) {
    throw new MisuseError('argument_invalid', 'subject must be a text of 1 to 255 characters')
  }
  if (
    scope !== undefined &&
    (typeof scope !== 'string' || !/^[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*$/.test(scope))
  ) {
    throw new MisuseError('argument_invalid', 'scope must be scope tokens with one space between them (RFC 6749 s3.3)')
  }
  if (claims !== undefined) checkClaims(claims)
}

/** Throws `argument_invalid` where claims are not a small JSON object, or name what belongs to the token itself. */
export function checkClaims(claims: Claims): void {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new MisuseError('argument_invalid', 'claims must be an object')
  }
  const taken = Object.keys(claims).find((name) => reservedClaims.has(name) || name === '__proto__')
  if (taken !== undefined) throw new MisuseError('argument_invalid', `claims must not name "${taken}"`)
  if (JSON.stringify(claims).length > maxClaimCharacters) {
    throw new MisuseError('argument_invalid', `claims must be at most ${maxClaimCharacters} characters of JSON`)
  }
}
