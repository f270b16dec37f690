// Where a deployment's keys come from, when they are not simply handed over: a source that keeps them for all nodes, makes
// the first of them, and adds the next when it is time. The one that comes with the library is latchkey/kept-keys.

import type { KeySet } from './key-ring.ts'
import type { Store } from './store.ts'

/** What a new key is wanted for. */
export interface KeyRotation {
  /** A new key for signing access tokens. */
  readonly signing: boolean
  /** A new root for refresh tokens: sessions begun from then on use it, others keep theirs for life. */
  readonly refresh: boolean
}

/** The few verbs of a store that a source may use. */
export type KeyStore = Pick<Store, 'readKeys' | 'writeKeys'>

export interface KeySource {
  /** How long a new key is known before it is used, in milliseconds: no cache of public keys may be older. */
  readonly leadMs?: number
  /**
   * The newest key set: the first where there was none, with the next key in it where it is time for one. `now` is in
   * epoch milliseconds. The same object as before where nothing has changed.
   */
  load(store: KeyStore, now: number): Promise<KeySet>
  /** Adds new keys now, whatever the schedule says; they are used when every node can know of them. */
  rotate(store: KeyStore, now: number, wanted: KeyRotation): Promise<void>
}

export const isKeySource = (keys: KeySet | KeySource): keys is KeySource =>
  'load' in keys && typeof keys.load === 'function' && typeof keys.rotate === 'function'
