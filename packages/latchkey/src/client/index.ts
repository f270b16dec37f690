// latchkey/client: the client for browsers and Node. The core, in a few kilobytes; DPoP, file storage and adapters are
// subpaths of their own.

export { createClient } from './create-client.ts'
export { clientErrorCodes, isClientError } from './errors.ts'
export { plain } from './plain.ts'
export { memoryStorage } from './storage.ts'
export { bodyMode } from './transport.ts'
export type { ClientRequestInit, LatchkeyClient, SignedOut, TokenRequest } from './client.ts'
export type { ClientError, ClientErrorCode, ClientErrorDetails, EndedReason } from './errors.ts'
export type { ClientOptions } from './options.ts'
export type { Proof } from './proof.ts'
export type { ClientEventName, ClientEvents, ClientListener, State } from './state.ts'
export type { ClientStorage, Kept, KeptKey } from './storage.ts'
export type { Transport } from './transport.ts'
