// A session in one file that only its owner can read, for scripts, command lines and services. Several processes may use
// it at the same time: what is in the file is always whole, and one of them renews while the others wait.

import { linkSync, mkdirSync, realpathSync, renameSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { ClientStorage } from 'latchkey/client'
import { syncFolder, systemCodeOf } from '../owned-file.ts'
import { draftPath, dropFile, dropOldDrafts, replaceFile } from './durable-file.ts'
import { withFileLock } from './file-lock.ts'
import { FileStorageError } from './file-storage-error.ts'
import { readSessionFile, sessionFileText } from './session-file.ts'

/**
 * Keeps one session in this file, made with mode 0600 when first written; `<path>.lock` stays beside it. Throws a
 * `FileStorageError` at once where the file can be read by others or holds something else.
 */
export function fileStorage(path: string): ClientStorage {
  const file = placeOf(path)
  readSessionFile(file)
  const inTurn = queue()
  return {
    keepsKeys: false,
    read: async (sessionId) => {
      const kept = readSessionFile(file)
      return sessionId === undefined || kept?.sessionId === sessionId ? kept : null
    },
    write: (kept) =>
      inTurn(async () => {
        const text = sessionFileText(file, kept)
        // Throws where something else has come to stand there.
        readSessionFile(file)
        await usable(file, () => replaceFile(file, text))
      }),
    remove: (sessionId) => inTurn(() => usable(file, async () => removeSession(file, sessionId))),
    lock: async (work, waitMs) => {
      await usable(file, async () => void mkdirSync(dirname(file), { recursive: true, mode: 0o700 }))
      return withFileLock(`${file}.lock`, work, waitMs)
    },
  }
}

// Whoever changes the working folder later must not change which file this is; a link stands for what it leads to.
function placeOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

// Of two writes begun one after the other, the second must be the one that stays.
function queue(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<void> = Promise.resolve()
  return (work) => {
    const done = last.then(work)
    last = done.catch(() => undefined)
    return done
  }
}

// Taken aside before it is judged a second time: another process may have signed in after the first look, and its session
// must not go.
function removeSession(path: string, sessionId: string): void {
  if (readSessionFile(path)?.sessionId !== sessionId) return
  const aside = draftPath(path)
  if (!takeAside(path, aside)) return
  if (!holds(aside, sessionId)) putBack(aside, path)
  const nowMs = statSync(aside, { throwIfNoEntry: false })?.ctimeMs ?? 0
  dropFile(aside)
  dropOldDrafts(path, nowMs)
  syncFolder(dirname(path))
}

function takeAside(path: string, aside: string): boolean {
  try {
    renameSync(path, aside)
    return true
  } catch (error) {
    // Another process has signed out as well, and was faster.
    if (systemCodeOf(error) === 'ENOENT') return false
    throw error
  }
}

function holds(path: string, sessionId: string): boolean {
  try {
    return readSessionFile(path)?.sessionId === sessionId
  } catch {
    // Not ours, so not to be lost.
    return false
  }
}

function putBack(aside: string, path: string): void {
  try {
    linkSync(aside, path)
  } catch (error) {
    // A still newer one is there.
    if (systemCodeOf(error) !== 'EEXIST') renameSync(aside, path)
  }
}

async function usable(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof FileStorageError) throw error
    throw new FileStorageError('file_unusable', `${path} cannot be written: ${systemCodeOf(error)}`, error)
  }
}
