// An application with registered clients, and the few ways in which an OAuth client asks it: a form, with or without HTTP
// Basic. Written from the RFCs; it knows nothing of the library's own reading of them.

import { createClientSecret, type Client } from 'latchkey/express'
import { ask, type Answer, type Signed, signed } from '../helpers/requests.ts'
import { credentials, type AppOptions } from './in-process.ts'

const made = createClientSecret()

/** The secret of the clients that have one. */
export const { secret } = made

const { secretHash } = made
const scopes = ['read', 'write']

/** A client of each kind. */
export const clients: readonly Client[] = [
  { id: 'shop', secretHash, scopes, signIn: true, refresh: true },
  { id: 'other', secretHash, scopes, signIn: true, refresh: true },
  { id: 'phone', scopes, signIn: true, refresh: true },
  { id: 'bound', scopes, signIn: true, refresh: true, dpopBound: true },
  { id: 'once', scopes, signIn: true },
  { id: 'api', secretHash, introspect: true },
  { id: 'https://odd.example/a+b:%', secretHash, scopes, signIn: true, refresh: true },
]

/** An application that knows them, and whose user may do more than they may. */
export const withClients: AppOptions = {
  sessions: {
    clients,
    authenticate: ({ username, password }) =>
      password === credentials.password ? { id: `id-of-${username}`, scope: 'read write admin' } : null,
  },
}

export type Parameters = Readonly<Record<string, string>>

/** HTTP Basic, each half encoded as a form is (RFC 6749 s2.3.1). */
export function basic(id: string, password = secret): Parameters {
  const halves = [id, password].map((half) => encodeURIComponent(half).replaceAll('%20', '+'))
  return { Authorization: `Basic ${Buffer.from(halves.join(':')).toString('base64')}` }
}

/** Sends a form; a text goes as it is. */
export function form(url: string, route: string, body: Parameters | string, headers: Parameters = {}): Promise<Answer> {
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const text = typeof body === 'string' ? body : new URLSearchParams(body).toString()
  return ask(url, `POST ${route}`, { body: text, headers: { ...type, ...headers } })
}

/** The refresh grant. */
export const grant = (url: string, token: string, more: Parameters = {}, headers: Parameters = {}): Promise<Answer> =>
  form(url, '/token', { grant_type: 'refresh_token', refresh_token: token, ...more }, headers)

/** What the token endpoint says. */
export interface Granted {
  readonly access_token: string
  readonly refresh_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly scope?: string
}

export function granted(answer: Answer): Granted {
  if (answer.status !== 200) throw new Error(`expected tokens, got ${answer.status} ${answer.text}`)
  return answer.body as Granted
}

/** Signs a user in by a client; by `first-party` where none is named. */
export async function signInBy(url: string, client?: string, headers: Parameters = {}): Promise<Signed> {
  const { secretHash: hash } = clients.find(({ id }) => id === client) ?? {}
  const proof = hash === undefined || client === undefined ? {} : basic(client)
  const body = { ...credentials, ...(client === undefined ? {} : { client_id: client }) }
  return signed(await ask(url, 'POST /login', { body, headers: { ...proof, ...headers } }))
}

/** The error of a refusal; undefined where there is none. */
export const errorOf = ({ body }: Answer): unknown => (body as { readonly error?: unknown } | undefined)?.error
