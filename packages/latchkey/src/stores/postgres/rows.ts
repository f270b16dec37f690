// Between a Session and its row. Numbers arrive as text, as numbers or as bigints, as the application has set up its `pg`.

import { proofKinds, transports, type Claims, type Device, type EndReason, type Session } from '../../core/session.ts'
import type { Identity, Marked, Revocation, SealedKeys } from '../../core/store.ts'
import type { Row } from './pool.ts'

/** The least of all sids: that of none. */
const noSid = '0'.repeat(32)

/** A sid as PostgreSQL takes it; of nothing, the one before all others. */
export const sidText = (sid?: string): string => (sid === undefined || sid === '' ? noSid : sid)

export const sidOf = (uuid: unknown): string => String(uuid).replaceAll('-', '')

export const publicIdText = (publicId: string): string => Buffer.from(publicId, 'base64url').toString('hex')

export const publicIdOf = (uuid: unknown): string => Buffer.from(sidOf(uuid), 'hex').toString('base64url')

/** The values of `insert`, in the order of `insertedColumns`. */
export const valuesOf = (session: Session): unknown[] => [
  session.sid,
  publicIdText(session.publicId),
  session.subject,
  session.client,
  session.generation,
  session.rotatedAt,
  session.idleExpiresAt,
  session.absoluteExpiresAt,
  session.createdAt,
  session.authTime,
  session.kid,
  proofKinds.indexOf(session.proof),
  transports.indexOf(session.transport),
  session.thumbprint,
  session.scope,
  JSON.stringify([session.device.label, session.device.userAgent, session.device.place]),
  JSON.stringify(session.claims),
]

export const insertedColumns: readonly string[] = [
  'sid',
  'public_id',
  'subject',
  'client',
  'generation',
  'rotated_at',
  'idle_expires_at',
  'absolute_expires_at',
  'created_at',
  'auth_time',
  'kid',
  'proof',
  'transport',
  'thumbprint',
  'scope',
  'device',
  'claims',
]

export function sessionOf(row: Row): Session {
  return {
    sid: sidOf(row['sid']),
    publicId: publicIdOf(row['public_id']),
    subject: String(row['subject']),
    client: String(row['client']),
    generation: Number(row['generation']),
    kid: Number(row['kid']),
    proof: proofKinds[Number(row['proof'])] ?? unknownIn('proof'),
    transport: transports[Number(row['transport'])] ?? unknownIn('transport'),
    thumbprint: row['thumbprint'] as string | null,
    scope: row['scope'] as string | null,
    createdAt: Number(row['created_at']),
    authTime: Number(row['auth_time']),
    rotatedAt: Number(row['rotated_at']),
    idleExpiresAt: Number(row['idle_expires_at']),
    absoluteExpiresAt: Number(row['absolute_expires_at']),
    revokedAt: row['revoked_at'] === null ? null : Number(row['revoked_at']),
    revokedReason: row['revoked_reason'] as EndReason | null,
    device: deviceOf(String(row['device'])),
    claims: JSON.parse(String(row['claims'])) as Claims,
  }
}

function deviceOf(text: string): Device {
  const [label = '', userAgent = '', place = ''] = JSON.parse(text) as string[]
  return { label, userAgent, place }
}

export const revocationOf = (row: Row): Revocation => ({
  publicId: publicIdOf(row['public_id']),
  revokedAt: Number(row['revoked_at']),
})

/** The counter of a row; none that ends at `expiresAt` where there is nothing in it. */
export const markedOf = (row: Row | undefined, expiresAt: number): Marked => ({
  count: Number(row?.['count'] ?? 0),
  expiresAt: Number(row?.['expires_at'] ?? expiresAt),
})

/** Of the rows of `identity`, which hold one kid each. */
export const identityOf = (rows: readonly Row[]): Identity => ({
  environment: (rows[0]?.['environment'] ?? '') as string,
  keys: new Map(
    rows.flatMap(({ kid, fingerprint }) => (kid === null ? [] : [[Number(kid), String(fingerprint)] as const])),
  ),
})

export const sealedKeysOf = (row: Row | undefined): SealedKeys | null =>
  row === undefined ? null : { version: Number(row['version']), text: String(row['text']) }

function unknownIn(column: string): never {
  throw new Error(`a session row has an unknown ${column}`)
}
