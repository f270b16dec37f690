// Ties this node to its store: the environment that is part of every token's mac, and the fingerprints of the refresh
// keys in use. A node that would make tokens which its neighbours call forged does not start.

import { MisuseError } from './errors.ts'
import type { KeyRing, RefreshRoot } from './key-ring.ts'
import { clockToleranceMs } from './policy.ts'
import type { Ports } from './ports.ts'
import type { StoreCall } from './store-calls.ts'
import type { Identity, Store } from './store.ts'

/** A token with an unknown kid may make the store be asked this often, and no more. */
const askAgainMs = 1000
/** A new key is used this long after it was listed: what a node may know is so old, and clocks differ by so much. */
const untilUsedMs = askAgainMs + clockToleranceMs

export interface KnownIdentity {
  /** 16 raw bytes. */
  readonly environment: Uint8Array
  /** Whether the store lists this kid, on knowledge that is at most a second old. */
  readonly isListed: (kid: number) => Promise<boolean>
  /** The key for new sessions: the first of the ring whose kid every node can have learnt of. */
  readonly activeRoot: () => RefreshRoot
}

/** Throws `keys_mismatch` where the store knows another key under one of our kids. */
export async function identifyWith(store: Store, ring: KeyRing, ports: Ports, call: StoreCall): Promise<KnownIdentity> {
  const proposal = proposalOf(ring, ports)
  // Asked first with no keys, so that a node which is refused has left none of its own behind.
  refuseOthers(await call(() => store.identify({ ...proposal, keys: new Map() })), ring)
  const known = await call(() => store.identify(proposal))
  refuseOthers(known, ring)
  const environment = Buffer.from(known.environment, 'base64url')
  if (environment.length !== 16) throw new MisuseError('store_foreign', "the store's environment id is not 16 bytes")
  return {
    environment,
    isListed: createListing(known, () => call(() => store.identify(proposal)), ports),
    activeRoot: createActiveRoot(ring, known, ports),
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
const proposalOf = (ring: KeyRing, { now, random }: Ports): Identity => ({
  environment: random(16).toString('base64url'),
  keys: new Map([...ring.roots.values()].map(({ kid, fingerprint }) => [kid, `${fingerprint}@${now()}`])),
})

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

function createListing(first: Identity, ask: () => Promise<Identity>, ports: Ports): (kid: number) => Promise<boolean> {
  let known = first
  let askedAt = ports.now()
  let asking: Promise<unknown> = Promise.resolve()
  return async (kid) => {
    const age = ports.now() - askedAt
    // A clock that went back says nothing about age.
    if (age >= askAgainMs || age < 0) {
      askedAt = ports.now()
      asking = ask().then((answer) => (known = answer))
    }
    await asking
    return known.keys.has(kid)
  }
}

// A new key is listed first and used later: by then every node that meets its kid and asks has been told of it, and
// none takes a session of it for one of a key that is gone (I3). A deployment's first key has nobody to wait for.
function createActiveRoot(ring: KeyRing, known: Identity, ports: Ports): () => RefreshRoot {
  const listedAt = (root: RefreshRoot): number => noteOf(known, root.kid)?.listedAt ?? 0
  const { activeRoot } = ring
  const older = [...ring.roots.values()].find((root) => listedAt(root) < listedAt(activeRoot))
  const usedFrom = listedAt(activeRoot) + untilUsedMs
  return () => (older !== undefined && ports.now() < usedFrom ? older : activeRoot)
}
