// How a session proves, with each renewal, that it is still where it was begun. Two kinds exist: the session key (the
// default) and DPoP (latchkey/client/dpop). A plain session has none.

import type { Kept, KeptKey } from './storage.ts'

export type ProofHeaders = Readonly<Record<string, string>>

/** One attempt to sign in. */
interface ProofAttempt {
  /** What goes with the sign-in itself. */
  readonly headers: (url: string, nonce?: string) => Promise<ProofHeaders>
  /** The key to keep, once the server has accepted it: made by us, or brought by the answer. */
  readonly key: (answer: Readonly<Record<string, unknown>>) => Promise<KeptKey | undefined>
}

/** One kind of proof, from within. */
export interface ProofKind {
  /** The answer's header that brings the nonce for the next proof. */
  readonly nonceHeader: 'Latchkey-Nonce' | 'DPoP-Nonce'
  /** Begins a sign-in. `asText`: the storage cannot hold a key, and keeps a text in its place. */
  readonly begin: (asText?: boolean) => Promise<ProofAttempt | undefined>
  /** The headers that prove a renewal with what is kept; none where nothing is to be proved. */
  readonly prove: (url: string, kept: Kept, digest?: string) => Promise<ProofHeaders>
  /**
   * Sends a caller's request with its access token, where that takes more than one header; `make` gives it anew for each
   * try, and `kept` reads the storage. A kind that has this is never left out in silence.
   */
  readonly send?: (
    make: () => Request,
    kept: () => Promise<Kept | undefined>,
    accessToken: string,
    send: typeof fetch,
  ) => Promise<Response>
}

declare const own: unique symbol

/** A kind of proof: `plain`, or what `dpop()` makes. What is in it is the client's own, under other names in what is shipped. */
export interface Proof {
  readonly [own]: never
}
