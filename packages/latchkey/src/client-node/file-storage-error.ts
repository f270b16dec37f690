// What can be wrong with a session file, as one closed list. A message names the file and what to do, and never quotes
// what is in it.

/** Why a session file cannot be used. Match it, not the message. */
export type FileStorageErrorCode =
  | 'file_open_to_others'
  | 'file_foreign'
  | 'file_unusable'
  | 'session_unfit'
  | 'lock_unusable'

/** What `fileStorage` throws; nothing was changed. */
export class FileStorageError extends Error {
  readonly code: FileStorageErrorCode

  constructor(code: FileStorageErrorCode, says: string, cause?: unknown) {
    super(says, cause === undefined ? {} : { cause })
    this.name = 'FileStorageError'
    this.code = code
  }
}
