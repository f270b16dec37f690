// The engine as an application holds it: a thin face over the files that do the work (sign-in, refresh, endings). How
// sessions move and end is decided there, not here; how the parts are wired, in open-latchkey.ts.

import type { Access } from './access.ts'
import { derivedKeys } from './derived-keys.ts'
import { findLive, listLive, revoke, revokeAll, signOut, type SignOut } from './endings.ts'
import type { Engine, Tokens } from './engine.ts'
import { LatchkeyError } from './errors.ts'
import { nowhere } from './events.ts'
import type { EventName, Events, Listener, OriginOf, ReportedEvent } from './events.ts'
import { listKeys, type ListedKey } from './key-list.ts'
import type { KeyRotation } from './key-source.ts'
import { mark, unmark, type MarkRequest } from './marks.ts'
import { publicKeys, type PublicKeys } from './public-keys.ts'
import { refresh, type RefreshRequest } from './refresh.ts'
import type { EndReason, SessionView } from './session.ts'
import { signIn, type SignedIn, type SignIn } from './sign-in.ts'
import type { Marked } from './store.ts'
import { sweep, type SweepOptions } from './sweep.ts'

export interface Readiness {
  readonly ready: boolean
  /** How old this node's knowledge of revoked sessions is, in milliseconds. */
  readonly feedAgeMs: number
  /** For logs. */
  readonly detail: string | null
}

/** The session engine of one node. Make one with `createLatchkey`. */
export class Latchkey {
  readonly #engine: Engine
  /** The last sign-out everywhere; who signs in after it must not stand at the same millisecond. */
  #everywhereAt = 0

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Who issues the tokens: the `issuer` of the options. */
  get issuer(): string {
    return this.#engine.issuer
  }

  /** Who the access tokens are for. */
  get audience(): readonly string[] {
    return this.#engine.audience
  }

  /**
   * Now, on the engine's clock, in epoch milliseconds; never the very millisecond of a sign-out everywhere. Throws
   * `store_unavailable` while the clock is wrong.
   */
  now(): number {
    this.#engine.checkClock()
    const now = this.#engine.ports.now()
    return now === this.#everywhereAt ? now + 1 : now
  }

  /** Begins a session for a user who has proved who he is. Throws `sessions_full`, `session_ended` or `store_unavailable`. */
  async signIn(request: SignIn): Promise<SignedIn> {
    return signIn(this.#engine, { ...request, authTime: request.authTime ?? this.now() })
  }

  /** Trades a refresh token for a new pair of tokens (RFC 6749 s6). Throws the coded refusals of docs/errors.md. */
  refresh(request: RefreshRequest): Promise<Tokens> {
    return refresh(this.#engine, request)
  }

  /** What an access token says that this node has verified before, at once; undefined where `verify` must look. Throws as `verify`. */
  seen(accessToken: string): Access | undefined {
    this.#engine.checkClock()
    const now = this.#engine.ports.now()
    const access = this.#engine.accessTokens.seen(accessToken, now)
    if (access === undefined) return undefined
    const judged = this.#judge(access, now)
    if (judged === 'revoked') throw new LatchkeyError('access_ended')
    return judged === 'live' ? access : undefined
  }

  /** Verifies an access token without the store. Throws `access_invalid`, `access_expired` or `access_ended`. */
  async verify(accessToken: string): Promise<Access> {
    this.#engine.checkClock()
    const now = this.#engine.ports.now()
    const access = await this.#engine.accessTokens.verify(accessToken, now)
    const judged = this.#judge(access, now)
    if (judged === 'revoked') throw new LatchkeyError('access_ended')
    return judged === 'live' ? access : this.#live(access)
  }

  /** The same, and asks the store whether the session lives: for what must not rest on this node's knowledge. */
  async verifyLive(accessToken: string): Promise<Access> {
    return this.#live(await this.verify(accessToken))
  }

  /** Ends the session of a refresh token. Any authentic token of it will do; anything else changes nothing. */
  signOut(request: SignOut): Promise<void> {
    return signOut(this.#engine, request)
  }

  /** Ends one session of a subject by its public id; false where there was none to end. */
  revoke(
    subject: string,
    sessionId: string,
    reason: EndReason = 'revoked',
    origin: OriginOf = nowhere,
  ): Promise<boolean> {
    return revoke(this.#engine, subject, sessionId, reason, origin)
  }

  /** Ends all of a subject's sessions, those being begun at this moment too; the number ended. */
  revokeAll(subject: string, reason: EndReason = 'signed_out_everywhere', origin: OriginOf = nowhere): Promise<number> {
    this.#everywhereAt = this.#engine.ports.now()
    return revokeAll(this.#engine, subject, reason, origin)
  }

  /** Ends all of a subject's sessions but one; the number ended. */
  async revokeOthers(subject: string, keptSessionId: string, origin: OriginOf = nowhere): Promise<number> {
    const kept = await findLive(this.#engine, subject, keptSessionId)
    if (kept === null) throw new LatchkeyError('access_ended')
    return revokeAll(this.#engine, subject, 'signed_out_everywhere', origin, kept)
  }

  /** A subject's live sessions, the newest first. */
  list(subject: string): Promise<SessionView[]> {
    return listLive(this.#engine, subject)
  }

  /** Deletes what ended more than `retentionSeconds` ago, a bounded piece at a time. */
  sweep(options: SweepOptions = {}): Promise<number> {
    return sweep(this.#engine, options)
  }

  /** The deployment's keys, the newest first; nothing secret of them. */
  keys(): ListedKey[] {
    return listKeys(this.#engine.ring, this.#engine.ports.now())
  }

  /**
   * Adds new keys, to be used as soon as every node can know of them; the old ones go on verifying. Throws `keys_invalid`
   * where the keys are not kept in the store, or `store_unavailable`.
   */
  rotateKeys(wanted: KeyRotation): Promise<void> {
    return this.#engine.rotateKeys(wanted)
  }

  /** The public signing keys, for resource servers elsewhere (RFC 7517). */
  jwks(): PublicKeys {
    return publicKeys(this.#engine.ring, this.#engine.keyLeadMs)
  }

  /** Secrets of 32 bytes for this label, the same on every node: make with the first, accept all. */
  deriveKeys(label: string): Buffer[] {
    return derivedKeys(this.#engine, label)
  }

  /** Counts under a key that all nodes share. Throws `argument_invalid` or `store_unavailable`. */
  mark(request: MarkRequest): Promise<Marked> {
    return mark(this.#engine, request)
  }

  /** Forgets such a counter. Throws `argument_invalid` or `store_unavailable`. */
  unmark(key: string): Promise<void> {
    return unmark(this.#engine, key)
  }

  /** Tells the listeners what happened before the engine was asked. */
  report<Name extends ReportedEvent>(name: Name, event: () => Events[Name]): void {
    this.#engine.events.emit(name, this.#engine.ports.now(), event)
  }

  /** Whether this node can serve: its store answers, its clock is right, and it knows of recent revocations. */
  async readiness(): Promise<Readiness> {
    const { clock, feed, policy, ports } = this.#engine
    const unreachable = await clock.look().then(
      () => null,
      (error: unknown) => (error as LatchkeyError).detail ?? String((error as LatchkeyError).cause ?? error),
    )
    const feedAgeMs = feed.age(ports.now())
    const stale = feedAgeMs > policy.maxFeedAgeMs ? 'the revocation feed has been silent for too long' : null
    const detail = unreachable ?? clock.complaint ?? stale
    return { ready: detail === null, feedAgeMs, detail }
  }

  /** Listens to an event of docs/events.md; the returned function ends it. */
  on<Name extends EventName>(name: Name, listener: Listener<Name>): () => void {
    return this.#engine.events.on(name, listener)
  }

  /** Stops the engine's timers and closes its store, finishing what was accepted. */
  async close(): Promise<void> {
    this.#engine.stop()
    await this.#engine.store.close()
  }

  // Unknown is what this node cannot rule out: its set of revoked sessions is full, or the token was signed when tokens
  // lived longer than revocations are remembered now.
  #judge({ sessionId, issuedAt, expiresAt }: Access, now: number): 'live' | 'revoked' | 'unknown' {
    const judged = this.#engine.feed.judge(sessionId, now)
    const outlives = expiresAt - issuedAt > this.#engine.policy.accessMs
    return judged === 'live' && outlives ? 'unknown' : judged
  }

  async #live(access: Access): Promise<Access> {
    const session = await findLive(this.#engine, access.subject, access.sessionId)
    if (session === null) throw new LatchkeyError('access_ended')
    return access
  }
}
