// What createClient is given. The type lets nothing through that cannot work: a storage belongs to body mode.

import type { Surroundings } from './ports.ts'
import type { Proof } from './proof.ts'
import type { ClientStorage } from './storage.ts'

interface CommonOptions {
  /**
   * Where the router is mounted, with its scheme: `https://app.example.com`. In a page a path such as `/` will do, which the
   * page's address completes; outside of a page it leads nowhere.
   */
  readonly baseUrl: string
  /** Origins beside that of `baseUrl` which are given access tokens; nobody else ever is. */
  readonly origins?: readonly string[]
  /** How renewals are proved: `session_key` where the surroundings allow it, `plain`, or `dpop()` of latchkey/client/dpop. */
  readonly proof?: 'session_key' | 'plain' | Proof
  /** In the place of the global one, for all that the client sends. */
  readonly fetch?: typeof fetch
  /** For apps that are no web page (React Native): how the client learns that the user or the network is back. */
  readonly lifecycle?: Partial<Pick<Surroundings, 'watch' | 'isVisible' | 'isOnline'>>
}

/** The refresh token lives in a cookie that script cannot read; the default in a browser. */
export interface CookieClientOptions extends CommonOptions {
  readonly transport?: 'cookie'
  readonly storage?: never
}

/** The refresh token lives in a storage of the application's. Elsewhere than in a page it is the default, with one in memory. */
export interface BodyClientOptions extends CommonOptions {
  readonly transport: 'body'
  readonly storage: ClientStorage
}

export type ClientOptions = CookieClientOptions | BodyClientOptions
