// Between a Session and its value in Redis: one packed string, because a hash of the same texts takes three times the
// memory. What a step or an end changes stands first, at fixed places, where the Lua of scripts.ts finds it; then what a
// step must match; then the rest. The sid is in the key alone.

import { proofKinds, transports, endReasons, type Claims, type EndReason, type Session } from '../../core/session.ts'

/**
 * The bytes of a row, big-endian: format u8; generation u32; rotatedAt, idleExpiresAt, absoluteExpiresAt u56; reason u8 (0
 * for none), and behind a reason revokedAt u56; the binding; kid u8; flags u8; publicId 16 bytes; createdAt u56 unless it
 * is the sid's; authTime u56, or how long before createdAt u16; the subject, 16 bytes where it is a UUID; texts.
 * An allocation of 112 bytes instead of 160 for most sessions is what the shorter forms are for.
 */
const rowFormat = 1
const ownCreation = 0x10
const ownAuthentication = 0x20
const uuidSubject = 0x40
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** A text, or none, behind its length plus one in seven-bit groups; 0 stands for none. */
function textBytes(text: string | null): Buffer {
  if (text === null) return Buffer.of(0)
  const bytes = Buffer.from(text)
  return Buffer.concat([lengthBytes(bytes.length + 1), bytes])
}

function lengthBytes(length: number): Buffer {
  const groups: number[] = []
  let rest = length
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) groups.push((rest & 0x7f) | 0x80)
  return Buffer.from([...groups, rest])
}

/** What a step must match, as it stands in the row: each text behind its length, so that no two pairs look alike. */
export const bindingOf = (client: string, thumbprint: string | null): Buffer =>
  Buffer.concat([textBytes(client), textBytes(thumbprint)])

/** The value of a session's key. */
export function packed(session: Session): Buffer {
  const { sid, createdAt, authTime, subject, device } = session
  const claims = Object.keys(session.claims).length === 0 ? null : JSON.stringify(session.claims)
  const texts = [session.scope, device.label, device.userAgent, device.place, claims].map(textBytes)
  const before = createdAt - authTime
  const own = createdAt !== instantOf(sid)
  const far = before < 0 || before > 0xffff
  const isUuid = uuid.test(subject)
  const kinds = proofKinds.indexOf(session.proof) | (transports.indexOf(session.transport) << 2)
  const flags = kinds | (own ? ownCreation : 0) | (far ? ownAuthentication : 0) | (isUuid ? uuidSubject : 0)
  return Buffer.concat([
    changingBytes(session),
    bindingOf(session.client, session.thumbprint),
    Buffer.of(session.kid, flags),
    publicIdBytes(session.publicId),
    own ? instantBytes(createdAt) : nothing,
    far ? instantBytes(authTime) : Buffer.of(before >> 8, before & 0xff),
    isUuid ? Buffer.from(subject.replaceAll('-', ''), 'hex') : textBytes(subject),
    ...texts,
  ])
}

const nothing = Buffer.alloc(0)

function changingBytes(session: Session): Buffer {
  const start = Buffer.alloc(5)
  start.writeUInt8(rowFormat, 0)
  start.writeUInt32BE(session.generation, 1)
  const instants = [session.rotatedAt, session.idleExpiresAt, session.absoluteExpiresAt].map(instantBytes)
  const ended = session.revokedAt === null ? nothing : instantBytes(session.revokedAt)
  return Buffer.concat([start, ...instants, Buffer.of(reasonCode(session.revokedReason)), ended])
}

// Seven bytes: six do not hold every instant that JavaScript knows.
function instantBytes(at: number): Buffer {
  const bytes = Buffer.alloc(7)
  bytes.writeUInt8(Math.floor(at / 2 ** 48), 0)
  bytes.writeUIntBE(at % 2 ** 48, 1, 6)
  return bytes
}

/** The session of a key's value; null for a tombstone. Throws where the value is no row of ours. */
export function unpacked(sid: string, row: Buffer): Session | null {
  const reader = new Reader(row)
  const format = reader.byte()
  if (format === 0) return null
  if (format !== rowFormat) throw new Error('a session row has an unknown format')
  const generation = row.readUInt32BE(1)
  reader.bytes(4)
  const [rotatedAt, idleExpiresAt, absoluteExpiresAt] = [reader.instant(), reader.instant(), reader.instant()]
  const reason = reader.byte()
  const revokedAt = reason === 0 ? null : reader.instant()
  const revokedReason = reason === 0 ? null : (endReasons[reason - 1] ?? unknownIn('reason'))
  const [client, thumbprint] = [reader.text() ?? '', reader.text()]
  const [kid, flags] = [reader.byte(), reader.byte()]
  const publicId = reader.bytes(16).toString('base64url')
  const createdAt = flags & ownCreation ? reader.instant() : instantOf(sid)
  const authTime = flags & ownAuthentication ? reader.instant() : createdAt - reader.byte() * 0x100 - reader.byte()
  const subject = flags & uuidSubject ? uuidOf(reader.bytes(16)) : (reader.text() ?? '')
  const scope = reader.text()
  const device = { label: reader.text() ?? '', userAgent: reader.text() ?? '', place: reader.text() ?? '' }
  const claims = reader.text()
  return {
    sid,
    publicId,
    subject,
    client,
    generation,
    kid,
    proof: proofKinds[flags & 3] ?? unknownIn('proof'),
    transport: transports[(flags >> 2) & 3] ?? unknownIn('transport'),
    thumbprint,
    scope,
    createdAt,
    authTime,
    rotatedAt,
    idleExpiresAt,
    absoluteExpiresAt,
    revokedAt,
    revokedReason,
    device,
    claims: claims === null ? {} : (JSON.parse(claims) as Claims),
  }
}

/** When a sid was made: the first 48 bits of a UUIDv7, in epoch milliseconds. */
export const instantOf = (sid: string): number => Number.parseInt(sid.slice(0, 12), 16)

const uuidOf = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** How a reason stands in a row; 0 for none. */
export const reasonCode = (reason: EndReason | null): number => (reason === null ? 0 : endReasons.indexOf(reason) + 1)

export const publicIdBytes = (publicId: string): Buffer => Buffer.from(publicId, 'base64url')

class Reader {
  readonly #row: Buffer
  #at = 0

  constructor(row: Buffer) {
    this.#row = row
  }

  byte(): number {
    this.#at += 1
    return this.#row.readUInt8(this.#at - 1)
  }

  instant(): number {
    return this.byte() * 2 ** 48 + this.bytes(6).readUIntBE(0, 6)
  }

  bytes(count: number): Buffer {
    this.#at += count
    return this.#row.subarray(this.#at - count, this.#at)
  }

  text(): string | null {
    let length = 0
    for (let scale = 1; ; scale *= 0x80) {
      const group = this.byte()
      length += (group & 0x7f) * scale
      if (group < 0x80) break
    }
    return length === 0 ? null : this.bytes(length - 1).toString()
  }
}

function unknownIn(field: string): never {
  throw new Error(`a session row has an unknown ${field}`)
}
