// Ties this node to its store: the environment that is part of every token's mac, and the fingerprints of the refresh
// keys in use. A node that would make tokens which its neighbours call forged does not start.

import { LatchkeyError, MisuseError } from './errors.ts'
import type { KeyRing, RefreshRoot } from './key-ring.ts'
import { clockToleranceMs } from './policy.ts'
import type { Ports } from './ports.ts'
import type { StoreCall } from './store-calls.ts'
import { askAgainMs, atMostEverySecond } from './ask-again.ts'
import type { Identity, Store } from './store.ts'

/** A new key is used this long after it was listed: what a node may know is so old, and clocks differ by so much. */
const untilUsedMs = askAgainMs + clockToleranceMs

export interface KnownIdentity {
  /** 16 raw bytes. */
  readonly environment: Uint8Array
  /** Lists the refresh keys of a ring in the store. Throws `keys_mismatch` where it knows another key under one of the kids. */
  readonly list: (ring: KeyRing) => Promise<void>
  /** Whether the store lists any key. */
  readonly hasKeys: () => boolean
  /** Whether the store lists this kid, on knowledge that is at most a second old. */
  readonly isListed: (kid: number) => Promise<boolean>
  /** The key for new sessions: the first of the ring in use whose kid every node can have learnt of. */
  readonly activeRoot: (ring: KeyRing) => RefreshRoot
}

/** Asks the store who it is; with nothing to list, so that a node which is refused has left no key of its own behind. */
export async function identifyWith(store: Store, ports: Ports, call: StoreCall): Promise<KnownIdentity> {
  const proposed = ports.random(16).toString('base64url')
  let known = await call(() => store.identify({ environment: proposed, keys: new Map() }))
  const environment = Buffer.from(known.environment, 'base64url')
  if (environment.length !== 16) throw new MisuseError('store_foreign', "the store's environment id is not 16 bytes")
  // What the store has said once is proposed again each time: should it lose its identity, it gets the same one back.
  const propose = async (keys: ReadonlyMap<number, string>): Promise<void> => {
    const told = await call(() => store.identify({ environment: known.environment, keys }))
    if (told.environment !== known.environment) {
      throw new LatchkeyError('store_unavailable', { detail: 'the store is another one than at the start' })
    }
    known = told
  }
  const list = async (ring: KeyRing): Promise<void> => {
    refuseOthers(known, ring)
    await propose(notesOf(ring, ports.now()))
    refuseOthers(known, ring)
  }
  const refreshed = atMostEverySecond(ports, () => propose(known.keys))
  return {
    environment,
    list,
    hasKeys: () => known.keys.size > 0,
    isListed: async (kid) => {
      await refreshed()
      return known.keys.has(kid)
    },
    activeRoot: (ring) => activeRoot(ring, known, ports.now()),
  }
}

function refuseOthers(known: Identity, ring: KeyRing): void {
  for (const { kid, fingerprint } of ring.roots.values()) {
    const note = noteOf(known, kid)
    if (note === undefined || note.fingerprint === fingerprint) continue
    throw new MisuseError(
      'keys_mismatch',
      `the store was used with another refresh key ${kid}: start with that key, or give this one another kid`,
    )
  }
}

// What is noted of a key is its fingerprint and when it was first listed; to the store, one text.
const notesOf = (ring: KeyRing, now: number): Map<number, string> =>
  new Map([...ring.roots.values()].map(({ kid, fingerprint }) => [kid, `${fingerprint}@${now}`]))

interface KeyNote {
  readonly fingerprint: string
  readonly listedAt: number
}

function noteOf({ keys }: Identity, kid: number): KeyNote | undefined {
  const note = keys.get(kid)
  if (note === undefined) return undefined
  const [fingerprint = '', listedAt] = note.split('@')
  return { fingerprint, listedAt: Number(listedAt ?? 0) }
}

// A new key is listed first and used later: by then every node that meets its kid and asks has been told of it, and
// none takes a session of it for one of a key that is gone (I3). A deployment's first key has nobody to wait for.
function activeRoot(ring: KeyRing, known: Identity, now: number): RefreshRoot {
  const listedAt = (root: RefreshRoot): number => noteOf(known, root.kid)?.listedAt ?? 0
  const newest = ring.activeRoot(now)
  if (now >= listedAt(newest) + untilUsedMs) return newest
  return [...ring.roots.values()].find((root) => listedAt(root) < listedAt(newest)) ?? newest
}
