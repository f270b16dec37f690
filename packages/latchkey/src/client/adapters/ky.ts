// ky over the client. ky takes any `fetch`, so the client's goes in as it is; the one thing to see to is that ky, which
// can be told to repeat whatever fails, does not repeat what the client has repeated already.

import type { Options } from 'ky'
import type { LatchkeyClient } from '../client.ts'

/** What makes a ky instance send through a client. */
export type KyThroughClient = Required<Pick<Options, 'fetch' | 'retry'>>

/** For `ky.create` or `ky.extend`: every request of the instance goes through the client. */
export function withClient(client: Pick<LatchkeyClient, 'fetch'>): KyThroughClient {
  return {
    fetch: (input, init) => client.fetch(input, init),
    // A 401 that comes out of the client has had its one renewal and its one replay (C11).
    retry: { shouldRetry: ({ error }) => (statusOf(error) === 401 ? false : undefined) },
  }
}

// Told by what it holds: a class would have to be imported from ky, and there may be two copies of it.
const statusOf = (error: Error): number | undefined =>
  'response' in error ? (error.response as Partial<Response> | undefined)?.status : undefined
