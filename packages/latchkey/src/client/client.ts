// The face of the client, as an application sees it.

import type { ClientEventName, ClientListener, State } from './state.ts'

// As the surroundings type it: Node has neither `BodyInit` nor `RequestInfo` by name.
type Body = NonNullable<RequestInit['body']>

/** `RequestInit`, whose body may also be a function that makes it anew for each try. */
export interface ClientRequestInit extends Omit<RequestInit, 'body'> {
  readonly body?: Body | null | (() => Body)
  /** Browsers ask for it where the body is a stream. */
  readonly duplex?: 'half'
}

export interface TokenRequest {
  /** Seconds that the token must have left; as many as the client's own lead, where nothing is said. */
  readonly minSeconds?: number
  readonly signal?: AbortSignal
}

/** `revoked`: the server has ended the session. Otherwise it is over here, and the server could not be told. */
export interface SignedOut {
  readonly revoked: boolean
}

export interface LatchkeyClient<User = unknown> {
  /** The present snapshot; the same object until something changes. */
  readonly state: State
  /** Finds out whether somebody is signed in, by at most one renewal. Never rejects for an outage: then `state` is degraded. */
  readonly restore: () => Promise<State>
  /** Signs in with what the server's `authenticate` takes; resolves with `user` of the answer. Throws `SignInRefused`, `Offline`, `Timeout`, `RefreshUnavailable`. */
  readonly signIn: <Credentials extends { readonly [Name in keyof Credentials]: string }>(
    credentials: Credentials,
  ) => Promise<User>
  /** Signs out here and in all tabs at once, then tells the server. Never rejects for an outage. */
  readonly signOut: () => Promise<SignedOut>
  /** `fetch`, with the access token where it belongs, renewed where it must be; relative URLs go to `baseUrl`. */
  readonly fetch: (input: Parameters<typeof fetch>[0], init?: ClientRequestInit) => Promise<Response>
  /** An access token that is good for a while. Throws `SignedOut`, `RefreshRejected`, `RefreshUnavailable`, `Offline`, `Timeout`. */
  readonly getAccessToken: (request?: TokenRequest) => Promise<string>
  /** Listens; returns the way to stop. What a listener throws goes to the console, and disturbs nobody. */
  readonly on: <Name extends ClientEventName>(name: Name, listener: ClientListener<Name>) => () => void
  /** Removes every listener, timer and channel; every later call throws `Disposed`. */
  readonly dispose: () => void
}
