// Ties this node to its store: the environment that is part of every token's mac, and the fingerprints of the refresh
// keys in use. A node that would make tokens which its neighbours call forged does not start.

import { MisuseError } from './errors.ts'
import { fingerprintsOf, type KeyRing, type RefreshRoot } from './key-ring.ts'
import type { Ports } from './ports.ts'
import type { StoreCall } from './store-calls.ts'
import type { Identity, Store } from './store.ts'

/** A token with an unknown kid may make the store be asked this often, and no more. */
const askAgainMs = 1000

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
  const proposal: Identity = { environment: ports.random(16).toString('base64url'), keys: fingerprintsOf(ring) }
  const before = await call(() => store.identify({ ...proposal, keys: new Map() }))
  const known = await call(() => store.identify(proposal))
  for (const [kid, fingerprint] of proposal.keys) {
    if (known.keys.get(kid) !== fingerprint) {
      throw new MisuseError(
        'keys_mismatch',
        `the store was used with another refresh key ${kid}: start with that key, or give this one another kid`,
      )
    }
  }
  const environment = Buffer.from(known.environment, 'base64url')
  if (environment.length !== 16) throw new MisuseError('store_foreign', "the store's environment id is not 16 bytes")
  return {
    environment,
    isListed: createListing(known, () => call(() => store.identify(proposal)), ports),
    activeRoot: createActiveRoot(ring, before, ports),
  }
}

function createListing(first: Identity, ask: () => Promise<Identity>, ports: Ports): (kid: number) => Promise<boolean> {
  let known = first
  let askedAt = ports.now()
  let asking: Promise<unknown> = Promise.resolve()
  return async (kid) => {
    if (ports.now() - askedAt >= askAgainMs) {
      askedAt = ports.now()
      asking = ask().then((answer) => (known = answer))
    }
    await asking
    return known.keys.has(kid)
  }
}

// A new key is listed first and used later: by then every node that meets its kid and asks has been told of it, and
// none takes a session of it for one of a key that is gone (I3). A deployment's first key has nobody to wait for.
function createActiveRoot(ring: KeyRing, before: Identity, ports: Ports): () => RefreshRoot {
  const [older] = [...ring.roots.values()].filter(({ kid }) => before.keys.has(kid))
  if (older === undefined || before.keys.has(ring.activeRoot.kid)) return () => ring.activeRoot
  const usedFrom = ports.now() + 2 * askAgainMs
  return () => (ports.now() < usedFrom ? older : ring.activeRoot)
}
