// The table of contents of the library's core. Express: latchkey/express. Stores: latchkey/memory, latchkey/sqlite.

import type { Latchkey } from './core/latchkey.ts'
import { openLatchkey } from './core/open-latchkey.ts'
import type { LatchkeyOptions } from './core/options.ts'
import { systemPorts } from './system.ts'
import type { Ports } from './core/ports.ts'

/**
 * Makes the session engine of this node: checks its options, ties it to its store and loads what was lately revoked.
 * `ports` is for tests that set their own clock. Throws a MisuseError that names what to mend, or `store_unavailable`.
 */
export const createLatchkey = (options: LatchkeyOptions, ports?: Partial<Ports>): Promise<Latchkey> =>
  openLatchkey(options, { ...systemPorts, ...ports })

// The engine
export type { Latchkey, Readiness } from './core/latchkey.ts'
export type { LatchkeyOptions } from './core/options.ts'
export type { SignIn, SignedIn } from './core/sign-in.ts'
export type { Authentication } from './core/claims.ts'
export { firstParty, isClientId } from './core/clients.ts'
export type { RefreshRequest } from './core/refresh.ts'
export type { SignOut } from './core/endings.ts'
export type { RenewalAnswer, RenewalRequest, RenewHook, Tokens } from './core/engine.ts'
export type { SweepOptions } from './core/sweep.ts'
export type { MarkRequest } from './core/marks.ts'
export type { PublicKeys } from './core/public-keys.ts'
export type { Ports } from './core/ports.ts'

// Lifetimes and limits
export { clockToleranceMs, policyFields } from './core/policy.ts'
export type { PolicyOptions, WhenFeedLost, WhenFull } from './core/policy.ts'
export { throttleFields } from './core/throttle-fields.ts'
export type { ThrottleLimits, ThrottleName } from './core/throttle-fields.ts'

// Sessions and access tokens
export { endReasons, proofKinds, transports } from './core/session.ts'
export type {
  Claims,
  Device,
  EndReason,
  JsonValue,
  ProofKind,
  Session,
  SessionView,
  Transport,
} from './core/session.ts'
export type { Access } from './core/access.ts'

// Keys
export { generateKeys } from './generate-keys.ts'
export type { KeySet, KeyTimes, RefreshKey, SigningAlgorithm, SigningKey } from './core/key-ring.ts'
export type { KeyRotation, KeySource, KeyStore } from './core/key-source.ts'
export type { ListedKey } from './core/key-list.ts'

// Events and errors
export { eventNames } from './core/events.ts'
export type { EventName, Events, Listener, Origin, OriginOf, ReportedEvent } from './core/events.ts'
export { errorCodes, isLatchkeyError, LatchkeyError, MisuseError } from './core/errors.ts'
export type { ErrorCode, LatchkeyErrorOptions, MisuseCode } from './core/errors.ts'

// For writing a store
export type * from './core/store.ts'
