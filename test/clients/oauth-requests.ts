// What the OAuth dialect is asked without any library, where a test is about something else.

import { ask } from '../helpers/requests.ts'
import type { KnownClient } from './deployment.ts'

const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

const basic = ({ id, secret }: KnownClient): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

/** What introspection says (RFC 7662), by a client that may ask. */
export async function introspected(url: string, client: KnownClient, token: string): Promise<unknown> {
  const body = new URLSearchParams({ token }).toString()
  const answer = await ask(url, 'POST /introspect', { body, headers: { ...form, Authorization: basic(client) } })
  if (answer.status !== 200) throw new Error(`introspection: ${answer.status} ${answer.text}`)
  return answer.body
}

/** Ends a session as our own pages do. */
export async function signOut(url: string, refreshToken: string): Promise<void> {
  const { status, text } = await ask(url, 'POST /logout', { body: { refreshToken } })
  if (status !== 204) throw new Error(`sign-out: ${status} ${text}`)
}
