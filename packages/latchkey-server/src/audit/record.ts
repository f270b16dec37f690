// One row of the audit trail: what happened, to whom, by whom and from where, as coarsely as will do to look into it
// later. Nothing secret (I4), no name, no full address; whatever somebody else wrote is cleaned and cut (I7), so that it
// can neither forge a line of a log nor fill a table.

import type { JsonValue } from 'latchkey'
import type { RowIds } from './row-id.ts'

/** Every event of the trail, with what it says. The first half is the engine's (docs/events.md), the rest is ours. */
export const auditEvents = {
  signed_in: 'A session began.',
  sign_in_refused: 'Credentials were wrong. `account` is a digest of the name that was tried.',
  throttled: 'Too many tries; `what` says of what. Nothing was decided.',
  again: 'A token older by more than one generation was answered with the current one: perhaps a copied device.',
  healed: 'The store had lost `depth` writes of this session.',
  store_regressed: 'The store is further behind than any failover explains.',
  unproved: 'Somebody held a refresh token without its key, and was refused.',
  replayed: 'A DPoP proof came a second time.',
  reuse: 'An old token came back and the session was ended. `device` is where it began, LABEL and PLACE who came.',
  revoked: 'A session was ended before its time; `reason` says why.',
  evicted: 'A session made room for a newer one.',
  user_added: 'A user was added.',
  password_set: 'A user got a new password; his sessions were ended.',
  scope_set: 'What a user may do was changed; his sessions were ended.',
  user_disabled: 'A user was disabled; his sessions were ended.',
  user_enabled: 'A user may sign in again.',
  user_removed: 'A user was deleted; his sessions were ended.',
  user_erased: 'A user was erased from the trail. SUBJECT is what stands in his place.',
  keys_rotated: 'New keys were asked for; they are used when every node can know them.',
  key_in_use: 'From this instant a new key is used, whoever made it: `use` and `kid` say which.',
  client_added: 'An OAuth client was added, with what it may do.',
  client_removed: 'An OAuth client was removed.',
  restored: 'A backup was put back, and `decision` says what became of the sessions.',
  audit_lost: 'The trail could not be written for so long that `rows` were lost here.',
} as const

/** The name of an event of the trail. */
export type AuditEvent = keyof typeof auditEvents

/** What more there is to say: small, and without anything secret. */
export type AuditDetails = Readonly<Record<string, JsonValue>>

/** One row. */
export interface AuditRecord {
  /** UUIDv7 of `at`: rows in order of id are in order of time. */
  readonly id: string
  /** Epoch milliseconds, by the engine's clock (I6). */
  readonly at: number
  readonly event: AuditEvent
  /** The user's id, or what stands in its place after an erasure. */
  readonly subject: string | null
  /** The session's public id. */
  readonly session: string | null
  /** A digest of the name that was tried. */
  readonly account: string | null
  /** Who did it, where it was not the user himself. */
  readonly actor: string | null
  readonly client: string | null
  readonly label: string
  readonly place: string
  readonly details: AuditDetails
}

/** What is to be written: a record without its id; what is left out is nothing. */
export type AuditDraft = Pick<AuditRecord, 'at' | 'event'> & Partial<Omit<AuditRecord, 'id' | 'at' | 'event'>>

const longest = { id: 255, label: 100, place: 64, detail: 200, list: 100 }

/** The row for a draft, cleaned and cut. `withPlaces`: whether networks are kept. */
export function recordOf(draft: AuditDraft, ids: RowIds, withPlaces: boolean): AuditRecord {
  const { at, event, subject, session, account, actor, client, label = '', place = '', details = {} } = draft
  const named = (text: string | null | undefined): string | null => (text ? cleaned(text, longest.id) : null)
  return {
    id: ids.next(at),
    at,
    event,
    subject: named(subject),
    session: named(session),
    account: named(account),
    actor: named(actor),
    client: named(client),
    label: cleaned(label, longest.label),
    place: withPlaces ? cleaned(place, longest.place) : '',
    details: cleanedDetails(details, withPlaces),
  }
}

/** Without control, format and line characters, and no longer than `max`. */
const cleaned = (text: string, max: number): string =>
  // Once more after the cut, which may have split a pair of surrogates.
  text
    .slice(0, 4 * max)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .slice(0, max)
    .replace(/\p{Cs}/gu, '')

function cleanedDetails(details: AuditDetails, withPlaces: boolean): AuditDetails {
  const entries = Object.entries(details).filter(([name]) => withPlaces || name !== 'place')
  return Object.fromEntries(entries.map(([name, value]) => [name, cleanedValue(value, withPlaces)]))
}

function cleanedValue(value: JsonValue, withPlaces: boolean): JsonValue {
  if (typeof value === 'string') return cleaned(value, longest.detail)
  if (typeof value !== 'object' || value === null) return value
  if (!Array.isArray(value)) return cleanedDetails(value as AuditDetails, withPlaces)
  return value.slice(0, longest.list).map((each: JsonValue) => cleanedValue(each, withPlaces))
}
