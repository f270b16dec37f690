// What keeping a secret in a file needs of the system, for the key file and for the session file of the client.

import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Whether others than its owner may read or write a file of this mode. On Windows the mode says nothing. */
export const isOpenToOthers = (mode: number): boolean => process.platform !== 'win32' && (mode & 0o077) !== 0

/** Makes the names in a folder durable, not only contents: or a loss of power could leave what was used without its secret. */
export function syncFolder(folder: string): void {
  // Windows does not open folders, and keeps its own journal of them.
  if (process.platform === 'win32') return
  const opened = openSync(folder, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** The system's own code of an error, such as `ENOENT`; its text where it has none. */
export const systemCodeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)
