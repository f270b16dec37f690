// What createClient is given.

import type { Surroundings } from './ports.ts'
import type { Proof } from './proof.ts'
import type { Transport } from './transport.ts'

export interface ClientOptions {
  /**
   * Where the router is mounted, with its scheme: `https://app.example.com`. In a page a path such as `/` will do, which the
   * page's address completes; outside of a page it leads nowhere.
   */
  readonly baseUrl: string
  /** Origins beside that of `baseUrl` which are given access tokens; nobody else ever is. */
  readonly origins?: readonly string[]
  /** Cookies that script cannot read, where nothing is said; elsewhere than in a page it takes `bodyMode(storage)`. */
  readonly transport?: Transport
  /** How renewals are proved: by a session key where the surroundings allow it, `plain`, or `dpop()` of latchkey/client/dpop. */
  readonly proof?: Proof
  /** In the place of the global one, for all that the client sends. */
  readonly fetch?: typeof fetch
  /** For apps that are no web page (React Native): how the client learns that the user or the network is back. */
  readonly lifecycle?: Partial<Pick<Surroundings, 'watch' | 'isVisible' | 'isOnline'>>
}
