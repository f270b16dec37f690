// Checks what `createLatchkey` is given, once. A misspelt security option must not be silent, so unknown names are
// refused; only own properties count, so that a polluted prototype sets nothing.

import { MisuseError } from './errors.ts'
import type { EventName } from './events.ts'
import type { RenewHook } from './engine.ts'
import type { KeySet } from './key-ring.ts'
import { isKeySource, type KeySource } from './key-source.ts'
import { policyFields, type PolicyOptions, type WhenFeedLost, type WhenFull } from './policy.ts'
import type { Store } from './store.ts'

export interface LatchkeyOptions extends PolicyOptions {
  /** Who issues the tokens: an http or https URL without query, fragment or user. Part of every token; never change it. */
  readonly issuer: string
  /** Who the access tokens are for; the issuer itself where nothing is said. */
  readonly audience?: string | readonly string[]
  readonly store: Store
  /** The deployment's secrets, or where they are kept; see `generateKeys`, `latchkey/key-file`, `latchkey/kept-keys`. */
  readonly keys: KeySet | KeySource
  /** What a sign-in beyond `maxSessions` does: `evict` the oldest session (default), or `refuse`. */
  readonly whenFull?: WhenFull
  /** What a node does that has not heard of revocations for `maxFeedAgeSeconds`: `ask` the store each time (default), or `serve` on. */
  readonly whenFeedLost?: WhenFeedLost
  /** Asked at each renewal: may renew the claims, or refuse because the user was disabled. Costs a second store trip. */
  readonly renew?: RenewHook
  /** Told of what a listener throws; by default nobody is. */
  readonly onListenerError?: (error: unknown, event: EventName) => void
}

const otherNames = ['issuer', 'audience', 'store', 'keys', 'whenFull', 'whenFeedLost', 'renew', 'onListenerError']
const storeVerbs = [
  'identify',
  'insert',
  'find',
  'findPublic',
  'advance',
  'list',
  'revoke',
  'revokeAll',
  'sweep',
  'revokedSince',
  'watch',
  'readKeys',
  'writeKeys',
  'mark',
  'unmark',
  'ping',
  'close',
] as const satisfies readonly (keyof Store)[]

/** The options as given, own properties alone, with the audience spelt out. */
export interface CheckedOptions extends LatchkeyOptions {
  readonly audience: readonly string[]
}

/** Throws `option_invalid`, naming the option. */
export function checkOptions(given: LatchkeyOptions): CheckedOptions {
  if (typeof given !== 'object' || given === null) throw invalid('createLatchkey takes an object of options')
  const options: LatchkeyOptions = Object.assign(Object.create(null), given)
  refuseUnknown(options, [...otherNames, ...Object.keys(policyFields)], 'createLatchkey')
  const issuer = issuerOf(options.issuer)
  const audience = audienceOf(options.audience ?? issuer)
  const { store, keys, renew, onListenerError } = options
  if (typeof store !== 'object' || store === null || storeVerbs.some((verb) => typeof store[verb] !== 'function')) {
    throw invalid('store must be a Store, such as sqliteStore(…) of latchkey/sqlite')
  }
  if (typeof keys !== 'object' || keys === null || !(isKeySource(keys) || isKeySet(keys))) {
    throw invalid(
      'keys must be a key set: see generateKeys, openKeyFile of latchkey/key-file, keptKeys of latchkey/kept-keys',
    )
  }
  for (const [name, value] of Object.entries({ renew, onListenerError })) {
    if (value !== undefined && typeof value !== 'function') throw invalid(`${name} must be a function`)
  }
  return Object.assign(Object.create(null), options, { issuer, audience })
}

/** Throws `option_invalid` where an options object has a name that nobody reads. */
function refuseUnknown(options: object, names: readonly string[], where: string): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw invalid(`${where} has no option "${unknown}"; it has ${names.join(', ')}`)
}

const isKeySet = ({ refresh, signing }: KeySet): boolean => Array.isArray(refresh) && Array.isArray(signing)

function issuerOf(value: unknown): string {
  if (typeof value !== 'string' || !URL.canParse(value)) throw invalid('issuer must be a URL')
  const { protocol, search, hash, username, password } = new URL(value)
  const plain = !value.includes('?') && !value.includes('#') && `${search}${hash}${username}${password}` === ''
  if (!['http:', 'https:'].includes(protocol) || !plain) {
    throw invalid('issuer must be an http or https URL without query, fragment or user')
  }
  return value
}

function audienceOf(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  const texts = list.filter((item): item is string => typeof item === 'string' && item !== '')
  if (texts.length === 0 || texts.length !== list.length) throw invalid('audience must be a text, or a list of texts')
  return texts
}

const invalid = (message: string): MisuseError => new MisuseError('option_invalid', message)
