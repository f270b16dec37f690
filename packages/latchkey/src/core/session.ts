// The one record of a session: one row for the session's whole life, nothing secret in it. Every instant is an
// integer of epoch milliseconds from the engine's clock (I6); tokens and session keys are derived, never stored (I4).

/** A JSON value, as claims may hold it. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue }

/** Freezes a value of plain objects and lists through and through; what is shared must not be changed by who is shown it. */
export function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) frozen(part)
  }
  return value
}

/** Claims that an application adds to the access tokens of a session. */
export type Claims = Readonly<Record<string, JsonValue>>

/** How each refresh proves itself, in the order of the bits in the token's flags. */
export const proofKinds = ['plain', 'session_key', 'dpop', 'device_bound'] as const
export type ProofKind = (typeof proofKinds)[number]

/** How the refresh token travels, in the order of the bits in the token's flags. */
export const transports = ['body', 'cookie', 'header'] as const
export type Transport = (typeof transports)[number]

/** Where a session was begun, as coarsely as its owner needs to recognise it. */
export interface Device {
  /** For people, such as "Firefox on Linux". */
  readonly label: string
  /** The user agent as sent, cut to 256 characters and freed of control characters. */
  readonly userAgent: string
  /** The network address without its last part (IPv4 /24, IPv6 /48). */
  readonly place: string
}

/** Why a session was ended before its time. */
export const endReasons = [
  'signed_out',
  'signed_out_everywhere',
  'revoked',
  'reuse',
  'evicted',
  'renewal_refused',
] as const
export type EndReason = (typeof endReasons)[number]

export interface Session {
  /** 16 bytes (UUIDv7) as 32 hexadecimal digits. Never leaves the server except inside the refresh token. */
  readonly sid: string
  /** 16 other bytes, base64url (public-id.ts): the access token's `sid`, device lists, logs. */
  readonly publicId: string
  readonly subject: string
  readonly client: string
  /** The newest generation issued; the first is 1. */
  readonly generation: number
  /** The refresh key of this session, for its whole life. */
  readonly kid: number
  readonly proof: ProofKind
  readonly transport: Transport
  /** Thumbprint of a DPoP or device key; null for plain sessions and session keys. */
  readonly thumbprint: string | null
  readonly scope: string | null
  readonly createdAt: number
  readonly authTime: number
  readonly rotatedAt: number
  readonly idleExpiresAt: number
  readonly absoluteExpiresAt: number
  readonly revokedAt: number | null
  readonly revokedReason: EndReason | null
  readonly device: Device
  readonly claims: Claims
}

/** What may be shown of a session to its owner, an administrator or a listener. */
export interface SessionView {
  readonly id: string
  readonly subject: string
  readonly client: string
  readonly proof: ProofKind
  readonly transport: Transport
  /** Of the key that the session is bound to; null where it is bound to none. */
  readonly thumbprint: string | null
  readonly scope: string | null
  readonly generation: number
  readonly createdAt: number
  readonly authTime: number
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly endedAt: number | null
  readonly endReason: EndReason | null
  readonly device: Device
}

/** The instant after which the session cannot be renewed, as things stand. */
export const expiresAt = (session: Session): number => Math.min(session.idleExpiresAt, session.absoluteExpiresAt)

/** Whether the session can still be renewed at `now`. Stores ask the same of their rows in their own words. */
export const isLive = (session: Session, now: number): boolean => session.revokedAt === null && now < expiresAt(session)

/** The part of a session that may be shown. */
export const viewOf = (session: Session): SessionView => ({
  id: session.publicId,
  subject: session.subject,
  client: session.client,
  proof: session.proof,
  transport: session.transport,
  thumbprint: session.thumbprint,
  scope: session.scope,
  generation: session.generation,
  createdAt: session.createdAt,
  authTime: session.authTime,
  lastSeenAt: session.rotatedAt,
  expiresAt: expiresAt(session),
  endedAt: session.revokedAt,
  endReason: session.revokedReason,
  device: { ...session.device },
})
