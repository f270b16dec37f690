// latchkey/client: the client for browsers and Node. The core, in a few kilobytes; DPoP, file storage and adapters are
// subpaths of their own.

export { createClient } from './create-client.ts'
export { ClientError, clientErrorCodes, isClientError } from './errors.ts'
export { memoryStorage } from './storage.ts'
export type { ClientRequestInit, LatchkeyClient, SignedOut, TokenRequest } from './client.ts'
export type { ClientErrorCode, ClientErrorDetails, EndedReason } from './errors.ts'
export type { BodyClientOptions, ClientOptions, CookieClientOptions } from './options.ts'
export type { Channel, ClientPorts, Surroundings } from './ports.ts'
export type { Proof, ProofAttempt, ProofHeaders } from './proof.ts'
export type { ClientEventName, ClientEvents, ClientListener, State } from './state.ts'
export type { ClientStorage, Kept, KeptKey } from './storage.ts'
