// latchkey/client/node: what a client needs beyond the core where it runs in Node: a session that outlives the process,
// and that several processes share.

export { fileStorage } from './file-storage.ts'
export { FileStorageError } from './file-storage-error.ts'
export type { FileStorageErrorCode } from './file-storage-error.ts'
