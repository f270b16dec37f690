// What a store promises the engine: small verbs, each an atomic decision about rows, none of them policy (I5).
// A store never reads a clock (I6), never sees a token (I4), and knows nothing of leeways, proofs or reuse.
// `latchkey/testing` holds the suite that every store must pass, without switches.
//
// Every verb may reject; whatever it rejects with is an outage (503), and a verb that rejects has done nothing or
// is safe to repeat. A verb given a signal that is aborted before its work begins rejects without doing it.

import type { EndReason, Session } from './session.ts'

/** What a store knows of the deployment that writes to it. */
export interface Identity {
  /** 16 random bytes, base64url: made with the store, part of every refresh token's mac. */
  readonly environment: string
  /** What the engine notes of every refresh key, by kid: a text that means nothing to the store. */
  readonly keys: ReadonlyMap<number, string>
}

/** One step of the ratchet: a compare-and-swap on a live session. */
export interface Step {
  readonly sid: string
  /** The generation that the row must hold. */
  readonly from: number
  /** The generation that it holds afterwards. */
  readonly to: number
  /** Now: the row must be live at this instant, and `rotatedAt` becomes it. */
  readonly at: number
  readonly idleExpiresAt: number
  readonly client: string
  readonly thumbprint: string | null
}

/** How many live sessions one subject may have. */
export interface Bound {
  readonly max: number
  /** Whether the oldest makes room (true) or the newcomer is refused (false). */
  readonly evict: boolean
}

export type Insertion =
  | { readonly inserted: true; readonly evicted: readonly Session[] }
  /** `full`: the bound is reached and may not evict. `revoked`: the subject was signed out everywhere meanwhile. */
  | { readonly inserted: false; readonly because: 'full' | 'revoked' }

export interface Ending {
  readonly at: number
  readonly reason: EndReason
}

export interface EndingAll extends Ending {
  /** A session to leave alone. Without it, a session whose `authTime` is at or before `at` is refused at `insert` from now on. */
  readonly exceptSid?: string
}

export interface ListQuery {
  readonly subject: string
  /** Only those that are live at this instant. */
  readonly liveAt?: number
  /** Continue after this sid. */
  readonly after?: string
  /** At most this many. */
  readonly limit: number
}

export interface SweepQuery {
  /** Rows whose life ended (revoked, idle or absolute) before this instant go. */
  readonly before: number
  /** Look at about this many rows. */
  readonly limit: number
  /** Where the last piece said that this one begins; nothing for the first. */
  readonly after?: string
}

export interface Swept {
  readonly removed: number
  /** Where to continue, a text that means something to the store alone; null at the end. */
  readonly next: string | null
}

/** One entry of the revocation feed. */
export interface Revocation {
  readonly publicId: string
  readonly revokedAt: number
}

/** Who wants to hear of the feed's present. */
export interface Watcher {
  /** Another process has revoked these. */
  readonly revoked: (entries: readonly Revocation[]) => void
  /** Anything may have changed, revocations and keys: load. Also said whenever the store begins to tell (again). */
  readonly changed: () => void
  /** From now until `changed`, nothing is told. */
  readonly lost: () => void
}

/** The deployment's secrets as the store keeps them: sealed, a text that means nothing to the store. */
export interface SealedKeys {
  /** Counts the writes; the first is 1. */
  readonly version: number
  readonly text: string
}

/** A change to a short-lived counter: a throttle's, or the mark that something was seen before. */
export interface Mark {
  /** 1 to 200 printable ASCII characters. */
  readonly key: string
  /** A whole number; with 0 and without `replace` nothing is written. */
  readonly add: number
  /** Now: a counter whose end is at or before this instant is over. */
  readonly at: number
  /** Where a counter begins, it is over from this instant on; one that is alive keeps its own end. */
  readonly expiresAt: number
  /** Whether `add` and `expiresAt` take the place of whatever is there. */
  readonly replace: boolean
}

/** A counter after a change; 0 and the given end where there is none. */
export interface Marked {
  readonly count: number
  readonly expiresAt: number
}

export interface Store {
  /** Says who the store is. What is not yet known of `proposal` (environment, kids) is kept; what is known wins. */
  identify(proposal: Identity): Promise<Identity>
  /** Adds a session, durably before it resolves, and keeps the subject's bound in the same atomic act. */
  insert(session: Session, bound: Bound, signal?: AbortSignal): Promise<Insertion>
  /** The row, live or not; null where there is none. */
  find(sid: string, signal?: AbortSignal): Promise<Session | null>
  /** The row of this subject with this public id, live or not. */
  findPublic(subject: string, publicId: string, signal?: AbortSignal): Promise<Session | null>
  /** The compare-and-swap: the row after the step, or null where nothing matched. The hot path; one round trip. */
  advance(step: Step, signal?: AbortSignal): Promise<Session | null>
  /** A subject's rows by ascending sid. */
  list(query: ListQuery, signal?: AbortSignal): Promise<readonly Session[]>
  /** Ends a session durably: the row after it, or null where it was already ended or is not there. */
  revoke(sid: string, ending: Ending, signal?: AbortSignal): Promise<Session | null>
  /** Ends all of a subject's sessions durably: the rows that this call ended. */
  revokeAll(subject: string, ending: EndingAll, signal?: AbortSignal): Promise<readonly Session[]>
  /** Deletes dead rows, a bounded piece at a time; safe to run from many processes. */
  sweep(query: SweepQuery, signal?: AbortSignal): Promise<Swept>
  /** The feed's past: what was revoked after `at`, newest first, at most `limit`. */
  revokedSince(at: number, limit: number, signal?: AbortSignal): Promise<readonly Revocation[]>
  /** The feed's present: tells the watcher soon after another process has revoked something. Returns the stop. */
  watch(watcher: Watcher): () => void
  /** The newest sealed keys; null where none were ever kept. */
  readKeys(signal?: AbortSignal): Promise<SealedKeys | null>
  /** Keeps `text` durably as version `replacing + 1`, where the newest is `replacing` (0 for none); whether it did. Tells watchers. */
  writeKeys(text: string, replacing: number, signal?: AbortSignal): Promise<boolean>
  /**
   * Counts, atomically: one that is alive by `add` (never below 0), or a new one from 0. May be lost in a crash or a
   * failover. Also deletes a few counters that are over, so that they need no sweeping.
   */
  mark(mark: Mark, signal?: AbortSignal): Promise<Marked>
  /** Forgets a counter. */
  unmark(key: string, signal?: AbortSignal): Promise<void>
  /** Resolves where the store can serve: with its own clock in epoch milliseconds, null where it has none of its own. */
  ping(signal?: AbortSignal): Promise<number | null>
  /** Finishes what was accepted, then lets go of everything. */
  close(): Promise<void>
}
