// The wired parts of one engine, as the files that act on them see them, and the few acts that several of them share.

import type { AccessTokens } from './access-token.ts'
import type { EventBus, Origin, OriginOf } from './events.ts'
import type { KeyRing, RefreshRoot } from './key-ring.ts'
import type { KeyRotation } from './key-source.ts'
import type { Policy } from './policy.ts'
import type { Ports } from './ports.ts'
import type { RefreshTokens } from './refresh-token.ts'
import type { RevocationFeed } from './revocation-feed.ts'
import { viewOf, type Claims, type Session, type SessionView } from './session.ts'
import type { SessionKeys } from './session-key.ts'
import type { StoreCall } from './store-calls.ts'
import type { StoreClock } from './store-clock.ts'
import type { Store } from './store.ts'

/** What the `renew` hook is told. */
export interface RenewalRequest {
  readonly session: SessionView
  readonly claims: Claims
  readonly origin: Origin
}

/** What it answers: nothing for "go on", new claims for this and later access tokens of this renewal, or a refusal. */
export type RenewalAnswer = { readonly claims: Claims } | { readonly refuse: true } | undefined | void

/** Asked at each renewal, before anything moves. A refusal ends the session; an error or a delay is 503. */
export type RenewHook = (request: RenewalRequest) => RenewalAnswer | Promise<RenewalAnswer>

export interface Engine {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly policy: Policy
  readonly ports: Ports
  readonly ring: KeyRing
  readonly store: Store
  readonly call: StoreCall
  readonly refreshTokens: RefreshTokens
  readonly sessionKeys: SessionKeys
  readonly accessTokens: AccessTokens
  readonly feed: RevocationFeed
  readonly clock: StoreClock
  readonly events: EventBus
  readonly renew: RenewHook | undefined
  /** Throws `store_unavailable` while this node's clock is wrong. */
  readonly checkClock: () => void
  /** Looks for keys that this node does not know yet, on knowledge that is at most a second old. */
  readonly learnKeys: () => Promise<void>
  readonly rotateKeys: (wanted: KeyRotation) => Promise<void>
  /** Whether the store lists a kid that this node does not know. */
  readonly isListed: (kid: number) => Promise<boolean>
  /** The refresh key for new sessions. */
  readonly activeRoot: () => RefreshRoot
  /** Ends all that this node does by itself. */
  readonly stop: () => void
  /** How long a signing key is known before it is used; null where nobody says so. */
  readonly keyLeadMs: number | null
  /** 16 raw bytes that tell this deployment from its copies. */
  readonly environment: Uint8Array
}

/** A pair of tokens, and what the client needs beside it. */
export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  /** Seconds from now until the access token expires. */
  readonly expiresInSeconds: number
  readonly session: SessionView
  /** What the access token may be used for (RFC 6749 s3.3); null where the session has no scope. */
  readonly scope: string | null
  /** For the next proof; only where the session has a session key. */
  readonly nonce: string | null
}

/** The tokens of a session as it stands: its one refresh token, and a fresh access token, of a narrower scope where asked. */
export function tokensOf(engine: Engine, session: Session, now: number, scope: string | null = session.scope): Tokens {
  const access = engine.accessTokens.sign({ ...session, scope }, now)
  return {
    accessToken: access.token,
    refreshToken: engine.refreshTokens.mint(session),
    expiresInSeconds: access.expiresInSeconds,
    session: viewOf(session),
    scope,
    nonce: session.proof === 'session_key' ? engine.sessionKeys.nonce(rootOf(engine, session), session.sid, now) : null,
  }
}

/** The refresh key of a session, which it keeps for life. */
export function rootOf(engine: Engine, { kid }: Session): RefreshRoot {
  const root = engine.ring.roots.get(kid)
  if (root === undefined) throw new Error(`no refresh key ${kid}`)
  return root
}

/** What follows every ending that the store has acknowledged: this node refuses its access tokens from now on. */
export function noteEnded(engine: Engine, session: Session, origin: OriginOf, now: number): void {
  engine.feed.note({ publicId: session.publicId, revokedAt: session.revokedAt ?? now })
  const reason = session.revokedReason ?? 'revoked'
  engine.events.emit('revoked', now, () => ({ session: viewOf(session), reason, origin: origin() }))
}
