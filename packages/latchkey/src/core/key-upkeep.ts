// Keeps this node's key ring in step with where the deployment's keys are kept. A new key is known to every node long
// before it is used; a node that has missed the news learns of it when it meets the first token of that key.

import { isLatchkeyError, LatchkeyError, MisuseError } from './errors.ts'
import { createKeyRing, type KeyRing, type KeySet } from './key-ring.ts'
import { isKeySource, type KeyRotation, type KeySource } from './key-source.ts'
import type { KnownIdentity } from './identity.ts'
import type { Ports } from './ports.ts'
import { startRounds } from './rounds.ts'
import type { StoreCall } from './store-calls.ts'
import type { Store } from './store.ts'

const reloadMs = 30_000

export interface KeyUpkeep {
  readonly ring: KeyRing
  /** How long a key is known before it is used; null where nobody says so. */
  readonly leadMs: number | null
  /** Looks whether there are new keys. Rejects where the store cannot be reached. */
  readonly reload: () => Promise<void>
  /** Adds new keys now. Throws `keys_invalid` where the keys are not kept in the store. */
  readonly rotate: (wanted: KeyRotation) => Promise<void>
  /** Begins to look every 30 seconds; returns the stop. */
  readonly start: () => () => void
}

/** What the keys want of the store's identity. */
type Listing = Pick<KnownIdentity, 'list' | 'hasKeys'>

/** Lists refresh keys in the store before the ring uses them. Throws `keys_invalid` or `keys_mismatch`. */
export async function openKeys(
  keys: KeySet | KeySource,
  store: Store,
  call: StoreCall,
  ports: Ports,
  listing: Listing,
): Promise<KeyUpkeep> {
  return isKeySource(keys) ? openSource(keys, store, call, ports, listing) : openFixed(keys, call, listing)
}

async function openFixed(keys: KeySet, call: StoreCall, { list }: Listing): Promise<KeyUpkeep> {
  const ring = createKeyRing(keys)
  await call(() => list(ring))
  const rotate = async (): Promise<void> => {
    throw new MisuseError('keys_invalid', 'these keys are not kept in the store: change them where they come from')
  }
  return { ring, leadMs: null, reload: async () => undefined, rotate, start: () => () => undefined }
}

async function openSource(
  source: KeySource,
  store: Store,
  call: StoreCall,
  ports: Ports,
  { list, hasKeys }: Listing,
): Promise<KeyUpkeep> {
  // Of a store that was used with keys and holds none, they are elsewhere, or lost: making others would end its sessions.
  if (hasKeys() && (await call((signal) => store.readKeys(signal))) === null) {
    throw new MisuseError('keys_mismatch', 'the store was used with keys that are not kept in it: start with those')
  }
  const load = (): Promise<KeySet> => call((signal) => source.load(within(store, signal), ports.now()))
  let known = await load()
  const ring = createKeyRing(known)
  await list(ring)
  const takeNewest = async (): Promise<void> => {
    const newest = await load()
    if (newest === known) return
    const next = createKeyRing(newest)
    await list(next)
    known = newest
    ring.become(next)
  }
  // While the node runs, keys that cannot be read or used must not turn requests into refusals or bugs (I3).
  const reload = (): Promise<void> =>
    takeNewest().catch((cause: unknown) => {
      throw isLatchkeyError(cause) ? cause : new LatchkeyError('store_unavailable', { cause })
    })
  const rotate = async (wanted: KeyRotation): Promise<void> => {
    await call((signal) => source.rotate(within(store, signal), ports.now(), wanted))
    await takeNewest()
  }
  return { ring, leadMs: source.leadMs ?? null, reload, rotate, start: () => startRounds(ports, reloadMs, reload) }
}

const within = (store: Store, signal: AbortSignal): Pick<Store, 'readKeys' | 'writeKeys'> => ({
  readKeys: () => store.readKeys(signal),
  writeKeys: (text, replacing) => store.writeKeys(text, replacing, signal),
})
