// Ties this node to its store: the environment that is part of every token's mac, and the fingerprints of the refresh
// keys in use. A node that would make tokens which its neighbours call forged does not start.

import { MisuseError } from './errors.ts'
import { fingerprintsOf, type KeyRing } from './key-ring.ts'
import type { Ports } from './ports.ts'
import type { StoreCall } from './store-calls.ts'
import type { Identity, Store } from './store.ts'

/** A token with an unknown kid may make the store be asked this often, and no more. */
const askAgainMs = 1000

export type Listing = 'listed' | 'unlisted' | 'unsure'

export interface KnownIdentity {
  /** 16 raw bytes. */
  readonly environment: Uint8Array
  /** Whether the store lists this kid; `unsure` where it was asked too lately to be asked again. */
  readonly isListed: (kid: number) => Promise<Listing>
}

/** Throws `keys_mismatch` where the store knows another key under one of our kids. */
export async function identifyWith(store: Store, ring: KeyRing, ports: Ports, call: StoreCall): Promise<KnownIdentity> {
  const proposal: Identity = { environment: ports.random(16).toString('base64url'), keys: fingerprintsOf(ring) }
  let known = await call(() => store.identify(proposal))
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
  let askedAt = ports.now()
  let asking: Promise<unknown> = Promise.resolve()
  // Only an answer that was asked for after the token came can say that its key is gone.
  const isListed = async (kid: number): Promise<Listing> => {
    if (known.keys.has(kid)) return 'listed'
    const now = ports.now()
    if (now !== askedAt && now - askedAt < askAgainMs) return 'unsure'
    if (now !== askedAt) {
      askedAt = now
      asking = call(() => store.identify(proposal)).then((answer) => (known = answer))
    }
    await asking
    return known.keys.has(kid) ? 'listed' : 'unlisted'
  }
  return { environment, isListed }
}
