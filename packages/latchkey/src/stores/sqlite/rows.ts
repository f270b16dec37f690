// Between a Session and its row.

import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'
import type { Identity, Marked } from '../../core/store.ts'
import { proofKinds, transports, type Claims, type Device, type EndReason, type Session } from '../../core/session.ts'

export type Row = Record<string, SQLOutputValue>

/** The raw bytes of a sid; of nothing, the bytes before all others. */
export const sidBytes = (sid = ''): Buffer => Buffer.from(sid, 'hex')

export const publicIdBytes = (publicId: string): Buffer => Buffer.from(publicId, 'base64url')

export const publicIdOf = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString('base64url')

/** The named parameters of `insert`. */
export function parametersOf(session: Session): Record<string, SQLInputValue> {
  const { sid, publicId, proof, transport, device, claims, revokedAt: _at, revokedReason: _reason, ...same } = session
  return {
    ...same,
    sid: sidBytes(sid),
    publicId: publicIdBytes(publicId),
    proof: proofKinds.indexOf(proof),
    transport: transports.indexOf(transport),
    device: JSON.stringify([device.label, device.userAgent, device.place]),
    claims: JSON.stringify(claims),
  }
}

export function sessionOf(row: Row): Session {
  return {
    sid: Buffer.from(row['sid'] as Uint8Array).toString('hex'),
    publicId: publicIdOf(row['public_id']),
    subject: row['subject'] as string,
    client: row['client'] as string,
    generation: row['generation'] as number,
    kid: row['kid'] as number,
    proof: proofKinds[row['proof'] as number] ?? unknownIn('proof'),
    transport: transports[row['transport'] as number] ?? unknownIn('transport'),
    thumbprint: row['thumbprint'] as string | null,
    scope: row['scope'] as string | null,
    createdAt: row['created_at'] as number,
    authTime: row['auth_time'] as number,
    rotatedAt: row['rotated_at'] as number,
    idleExpiresAt: row['idle_expires_at'] as number,
    absoluteExpiresAt: row['absolute_expires_at'] as number,
    revokedAt: row['revoked_at'] as number | null,
    revokedReason: row['revoked_reason'] as EndReason | null,
    device: deviceOf(row['device'] as string),
    claims: JSON.parse(row['claims'] as string) as Claims,
  }
}

function deviceOf(text: string): Device {
  const [label = '', userAgent = '', place = ''] = JSON.parse(text) as string[]
  return { label, userAgent, place }
}

/** The counter of a row; none that ends at `expiresAt` where there is no row. */
export const markedOf = (row: Row | undefined, expiresAt: number): Marked =>
  row === undefined
    ? { count: 0, expiresAt }
    : { count: row['count'] as number, expiresAt: row['expires_at'] as number }

/** Who the database is, and the keys that it was used with. */
export function identityIn(database: DatabaseSync): Identity {
  const rows = database.prepare('SELECT kid, fingerprint FROM latchkey_keys').all()
  return {
    environment: String(database.prepare('SELECT environment FROM latchkey_identity').get()?.['environment'] ?? ''),
    keys: new Map(rows.map((row) => [Number(row['kid']), String(row['fingerprint'])])),
  }
}

function unknownIn(column: string): never {
  throw new Error(`a session row has an unknown ${column}`)
}
