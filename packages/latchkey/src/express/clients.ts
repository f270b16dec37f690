// Which OAuth clients there are, and what each of them may do. The application keeps them in a list, or looks them up
// where it likes; either way they are checked before they are believed. A client's secret is 32 random bytes, so that
// its plain digest is enough to keep (I4). A registry that fails is an outage and never a refusal (I3).

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { firstParty, isClientId, LatchkeyError, MisuseError } from '../index.ts'

/** An OAuth client, as the application registers it. */
export interface Client {
  /** 1 to 128 visible ASCII characters; not `first-party`, which is built in. */
  readonly id: string
  /** `sha256:` and the digest of its secret in base64url, from `createClientSecret`; a public client has none. */
  readonly secretHash?: string
  /** What its sessions may have of a user's scope; nothing where nothing is said. */
  readonly scopes?: readonly string[]
  /** Whether a user may sign in by it; false where nothing is said. */
  readonly signIn?: boolean
  /** Whether it is given refresh tokens; false where nothing is said (RFC 9700 s4.14.2). */
  readonly refresh?: boolean
  /** Whether all its sessions must be bound by DPoP (RFC 9449 s5.2). */
  readonly dpopBound?: boolean
  /** Whether it may introspect access tokens (RFC 7662); only with a secret. */
  readonly introspect?: boolean
}

/** The clients: all of them, or where to find one by its id. */
export type Clients = readonly Client[] | { readonly find: (id: string) => Promise<Client | null> | Client | null }

/** A client that was checked. */
export interface KnownClient {
  readonly id: string
  /** Digest of its secret; null for a public client. */
  readonly secret: Buffer | null
  /** Null: whatever the user's scope is. */
  readonly scopes: ReadonlySet<string> | null
  readonly signIn: boolean
  readonly refresh: boolean
  readonly dpopBound: boolean
  readonly introspect: boolean
}

/** Finds clients. */
export interface ClientRegistry {
  /** Whether there can be any but `first-party`. */
  readonly isEmpty: boolean
  /** Null where there is none of this id. Rejects with `store_unavailable` where nobody can say. */
  readonly find: (id: string) => Promise<KnownClient | null>
}

/** A registry that takes longer is given up: 503. */
const maxFindMs = 5000
const names = ['id', 'secretHash', 'scopes', 'signIn', 'refresh', 'dpopBound', 'introspect']
const flags = ['signIn', 'refresh', 'dpopBound', 'introspect'] as const
const hashPattern = /^sha256:([\w-]{43})$/
const scopePattern = /^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/

/** The application's own pages and apps: public, built in, and what the plain dialect uses. */
export const firstPartyClient: KnownClient = {
  id: firstParty,
  secret: null,
  scopes: null,
  signIn: true,
  refresh: true,
  dpopBound: false,
  introspect: false,
}

/** A new client's secret, to be shown once, and the hash of it, to be kept. */
export function createClientSecret(): { readonly secret: string; readonly secretHash: string } {
  const secret = randomBytes(32).toString('base64url')
  return { secret, secretHash: `sha256:${digestOf(secret).toString('base64url')}` }
}

const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

// An unknown client and a public one are compared as well, so that they cost the same as a wrong secret.
const nobodysSecret = randomBytes(32)

/** Whether this is the client's secret; takes as long for an unknown client (null), and for one without a secret. */
export function hasSecret(client: KnownClient | null, secret: string): boolean {
  const expected = client?.secret ?? null
  return timingSafeEqual(digestOf(secret), expected ?? nobodysSecret) && expected !== null
}

/** What is left of a user's scope where this client asks; undefined where nothing is. */
export function scopeFor({ scopes }: KnownClient, scope: string | undefined): string | undefined {
  if (scopes === null || scope === undefined) return scope
  const left = scope.split(' ').filter((each) => scopes.has(each))
  return left.length === 0 ? undefined : left.join(' ')
}

/** Throws `dpop_invalid` where the client's sessions must be bound and no key was proved (RFC 9449 s5.2). */
export function checkBound(client: KnownClient, thumbprint: string | undefined): void {
  if (!client.dpopBound || thumbprint !== undefined) return
  throw new LatchkeyError('dpop_invalid', { detail: 'this client must prove a key' })
}

/** Opens the registry of the option `clients`. Throws `option_invalid`. */
export function openClients(given: unknown): ClientRegistry {
  if (given === undefined) return listed([])
  if (Array.isArray(given)) return listed(given)
  const find = typeof given === 'object' && given !== null ? (given as { find?: unknown }).find : undefined
  if (typeof find !== 'function') throw invalid('clients must be a list of clients, or an object with a function find')
  return {
    isEmpty: false,
    find: (id) => findKnown(id, (each) => soon(() => (find as LookUp).call(given, each))),
  }
}

type LookUp = (id: string) => unknown

function listed(given: readonly unknown[]): ClientRegistry {
  const known = given.map((each, index) => knownClient(each, `clients[${index}]`))
  const clients = new Map([firstPartyClient, ...known].map((client) => [client.id, client]))
  if (clients.size !== given.length + 1) throw invalid('clients names one id twice')
  return { isEmpty: given.length === 0, find: async (id) => clients.get(id) ?? null }
}

// What is checked where no client was found, so that the time of an answer does not tell whether there is one (attack 39).
const nobody = { secretHash: `sha256:${nobodysSecret.toString('base64url')}`, scopes: ['nothing'], signIn: true }

async function findKnown(id: string, lookUp: LookUp): Promise<KnownClient | null> {
  if (id === firstParty) return firstPartyClient
  if (!isClientId(id)) return null
  try {
    const found = (await lookUp(id)) ?? null
    const client = knownClient(found ?? { ...nobody, id }, 'the client that was found')
    // A registry that finds leniently would let one client be another.
    if (client.id !== id) throw invalid('the client that was found has another id')
    return found === null ? null : client
  } catch (cause) {
    throw new LatchkeyError('store_unavailable', { cause, detail: 'the registry of clients failed' })
  }
}

async function soon(work: () => unknown): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the registry took more than ${maxFindMs} ms`)), maxFindMs)
  })
  try {
    return await Promise.race([work(), tooLong])
  } finally {
    clearTimeout(timer)
  }
}

function knownClient(given: unknown, where: string): KnownClient {
  if (typeof given !== 'object' || given === null) throw invalid(`${where} must be an object`)
  const client: Readonly<Record<string, unknown>> = Object.assign(Object.create(null), given)
  const unknown = Object.keys(client).find((name) => !names.includes(name))
  if (unknown !== undefined) throw invalid(`${where} has no member "${unknown}"; it has ${names.join(', ')}`)
  const { id, secretHash, scopes = [], introspect } = client
  if (!isClientId(id) || id === firstParty) {
    throw invalid(`${where}.id must be 1 to 128 visible ASCII characters, and not "${firstParty}"`)
  }
  const wrong = flags.find((name) => !['boolean', 'undefined'].includes(typeof client[name]))
  if (wrong !== undefined) throw invalid(`${where}.${wrong} must be true or false`)
  if (!Array.isArray(scopes) || !scopes.every((each) => typeof each === 'string' && scopePattern.test(each))) {
    throw invalid(`${where}.scopes must be a list of scope tokens`)
  }
  const secret = secretOf(secretHash, where)
  if (introspect === true && secret === null) throw invalid(`${where} may introspect only with a secret`)
  const [signIn, refresh, dpopBound] = flags.map((name) => client[name] === true) as [boolean, boolean, boolean]
  return { id, secret, scopes: new Set(scopes), signIn, refresh, dpopBound, introspect: introspect === true }
}

function secretOf(hash: unknown, where: string): Buffer | null {
  if (hash === undefined) return null
  const [, text = ''] = typeof hash === 'string' ? (hashPattern.exec(hash) ?? []) : []
  const digest = Buffer.from(text, 'base64url')
  // What does not fit is not quoted: it may be the secret itself (I4).
  if (digest.length !== 32) throw invalid(`${where}.secretHash must be "sha256:" and 43 characters of base64url`)
  return digest
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)
