// The messages of the feed: who sends, then what he has revoked. One without says that anything may have changed, and a
// greeting says nothing: a listener sends it to prove that it hears.

import { randomBytes } from 'node:crypto'
import type { Session } from '../../core/session.ts'
import type { Revocation } from '../../core/store.ts'
import { publicIdOf, publicIdText } from './rows.ts'

/** NOTIFY takes less than 8000 bytes; an entry has at most 54. */
const entriesAtOnce = 140

export interface Message {
  readonly sender: string
  /** Null where anything may have changed; empty in a greeting. */
  readonly entries: readonly Revocation[] | null
}

/** A name for one store, so that it need not hear itself. */
export const newSender = (): string => randomBytes(8).toString('hex')

const greeting = 'hello'

/** A message that has nothing to tell. */
export const greetingOf = (sender: string): string => `${sender} ${greeting}`

/** The channel of a schema; NOTIFY reaches one database. */
export const channelOf = (schema: string): string => `${schema}.feed`

/** What tells of these sessions, in as many messages as it takes. */
export function messagesOf(sender: string, ended: readonly Session[]): string[] {
  const messages: string[] = []
  for (let from = 0; from < ended.length; from += entriesAtOnce) {
    const entries = ended.slice(from, from + entriesAtOnce)
    const words = entries.map(({ publicId, revokedAt }) => `${publicIdText(publicId)} ${revokedAt}`)
    messages.push([sender, ...words].join(' '))
  }
  return messages
}

export function messageIn(payload: string): Message {
  const [sender = '', ...words] = payload.split(' ')
  const entries: Revocation[] = []
  if (words[0] === greeting) return { sender, entries }
  for (let at = 0; at < words.length; at += 2) {
    const entry = { publicId: publicIdOf(words[at]), revokedAt: Number(words[at + 1]) }
    // Somebody else's message on our channel: it is cheaper to load than to wonder.
    if (entry.publicId.length !== 22 || !Number.isSafeInteger(entry.revokedAt)) return { sender, entries: null }
    entries.push(entry)
  }
  return { sender, entries: entries.length === 0 ? null : entries }
}
