// The deployment's OAuth clients: the rules about them, whatever keeps their rows (sqlite-clients.ts,
// postgres-clients.ts). Of a secret only the digest is kept (I4). Rows that cannot be read say nothing about any client:
// that is an outage (I3).

import { firstParty, isClientId, LatchkeyError } from 'latchkey'
import type { Client } from 'latchkey/express'

export interface StoredClient {
  readonly id: string
  /** Null for a public client. */
  readonly secretHash: string | null
  readonly scopes: readonly string[]
  readonly signIn: boolean
  readonly refresh: boolean
  readonly dpopBound: boolean
  readonly introspect: boolean
  /** Epoch milliseconds. */
  readonly createdAt: number
}

/** Where the rows are. Each verb is one statement; whatever it rejects with is an outage. */
export interface ClientRows {
  /** False where the id is taken, or there are `max` clients. */
  insert(client: StoredClient, max: number): Promise<boolean>
  find(id: string): Promise<StoredClient | null>
  /** By ascending id, at most `limit`. */
  list(limit: number): Promise<readonly StoredClient[]>
  /** False where there was none. */
  remove(id: string): Promise<boolean>
  close(): Promise<void>
}

/** A deployment has at most so many clients. */
const maxClients = 1000

const maxScopes = 100
/** A scope token of RFC 6749 appendix A.4. */
const scopePattern = /^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/

/** What is wrong with a client, in words for the operator. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
}

export class ClientDirectory {
  readonly #rows: ClientRows

  constructor(rows: ClientRows) {
    this.#rows = rows
  }

  /** Adds a client. Throws ClientError where it cannot be one or its id is taken, or `store_unavailable`. */
  async add(client: StoredClient): Promise<void> {
    check(client)
    if (await reached(this.#rows.insert(client, maxClients))) return
    throw new ClientError(`there is a client ${client.id} already, or there are ${maxClients}`)
  }

  /** Throws `store_unavailable`. */
  async find(id: string): Promise<Client | null> {
    const found = await reached(this.#rows.find(id))
    return found === null ? null : clientOf(found)
  }

  /** All clients, by id. Throws `store_unavailable`. */
  list(): Promise<readonly StoredClient[]> {
    return reached(this.#rows.list(maxClients))
  }

  /** Whether there was such a client. Throws `store_unavailable`. */
  remove(id: string): Promise<boolean> {
    return reached(this.#rows.remove(id))
  }

  close(): Promise<void> {
    return this.#rows.close()
  }
}

function check({ id, secretHash, scopes, introspect, signIn, refresh }: StoredClient): void {
  if (!isClientId(id) || id.startsWith('-')) {
    throw new ClientError('a client has an id of 1 to 128 visible ASCII characters that does not begin with -')
  }
  if (id === firstParty) throw new ClientError(`${firstParty} is built in`)
  if (scopes.length > maxScopes || !scopes.every((scope) => scopePattern.test(scope))) {
    throw new ClientError(`--scope takes at most ${maxScopes} scopes between spaces, without " and \\`)
  }
  if (introspect && secretHash === null) throw new ClientError('a public client cannot introspect: it has no secret')
  if (refresh && !signIn) throw new ClientError('--refresh is of no use without --sign-in')
}

const clientOf = ({ id, secretHash, scopes, signIn, refresh, dpopBound, introspect }: StoredClient): Client => ({
  id,
  scopes,
  signIn,
  refresh,
  dpopBound,
  introspect,
  ...(secretHash === null ? {} : { secretHash }),
})

async function reached<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await answer
  } catch (cause) {
    throw new LatchkeyError('store_unavailable', { cause })
  }
}

/** The same columns in every database; SQLite has no booleans, and PostgreSQL's 64-bit integers come as text. */
export function storedClientOf(row: Readonly<Record<string, unknown>>): StoredClient {
  const { secret_hash: secretHash, scopes } = row
  return {
    id: String(row['id']),
    secretHash: typeof secretHash === 'string' ? secretHash : null,
    scopes: String(scopes).split(' ').filter(Boolean),
    signIn: Boolean(row['sign_in']),
    refresh: Boolean(row['refresh']),
    dpopBound: Boolean(row['dpop_bound']),
    introspect: Boolean(row['introspect']),
    createdAt: Number(row['created_at']),
  }
}
