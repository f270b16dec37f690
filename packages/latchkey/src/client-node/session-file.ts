// What a session file looks like, and whether a file is one. Whatever is not certainly ours is refused and never written
// over: a wrong path must not cost anybody a file.

import { readFileSync, statSync } from 'node:fs'
import type { Kept } from 'latchkey/client'
import { isOpenToOthers, systemCodeOf } from '../owned-file.ts'
import { FileStorageError } from './file-storage-error.ts'

/** Stands in each file, so that no other JSON is taken for one. */
const format = 'session/v1'

/** A session takes one or two kilobytes; beyond this, something is wrong. */
const maxFileBytes = 65_536

/** The session in this file; null where there is no file. Throws where others can read it, or where it is something else. */
export function readSessionFile(path: string): Kept | null {
  const text = privateText(path)
  if (text === null) return null
  const kept = sessionIn(text)
  if (kept !== null) return kept
  throw new FileStorageError('file_foreign', `${path} holds something else than a session: move it away`)
}

/** The text of a session file. Throws where a session does not fit into one: a key that is no text, or its size. */
export function sessionFileText(path: string, kept: Kept): string {
  // A key object would be written as {}, and be lost without a word.
  if (!isKept(kept) || kept.seal !== undefined) {
    throw new FileStorageError('session_unfit', `${path}: only texts and numbers can be kept in a file`)
  }
  const text = `${JSON.stringify({ latchkey: format, session: kept }, null, 2)}\n`
  if (Buffer.byteLength(text) <= maxFileBytes) return text
  throw new FileStorageError('session_unfit', `${path}: the session takes more than ${maxFileBytes} bytes`)
}

function privateText(path: string): string | null {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return null
    if (!found.isFile() || found.size > maxFileBytes) return ''
    if (isOpenToOthers(found.mode)) {
      throw new FileStorageError('file_open_to_others', `${path} can be read by others: chmod 600 ${path}`)
    }
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof FileStorageError) throw error
    // Another process may have signed out between the two steps.
    if (systemCodeOf(error) === 'ENOENT') return null
    throw new FileStorageError('file_unusable', `${path} cannot be read: ${systemCodeOf(error)}`, error)
  }
}

function sessionIn(text: string): Kept | null {
  try {
    const { latchkey, session } = JSON.parse(text) as { latchkey?: unknown; session?: unknown }
    return latchkey === format && isKept(session) ? session : null
  } catch {
    // The parser's message would quote the text.
    return null
  }
}

const texts = ['key', 'nonce', 'refreshToken', 'accessToken']
const numbers = ['lifeMs', 'expiresAt']

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false
  const members = value as Readonly<Record<string, unknown>>
  const each = (names: readonly string[], type: string): boolean =>
    names.every((name) => members[name] === undefined || typeof members[name] === type)
  const isNamed = typeof members['sessionId'] === 'string' && members['sessionId'] !== ''
  return isNamed && Number.isSafeInteger(members['turn']) && each(texts, 'string') && each(numbers, 'number')
}
