// Keeps a deployment's secrets in one file that only its owner can read: made at first use, never overwritten.

import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { MisuseError } from './core/errors.ts'
import { signingAlgorithms, type KeySet, type SigningAlgorithm } from './core/key-ring.ts'
import { generateKeys } from './generate-keys.ts'
import { isOpenToOthers, syncFolder, systemCodeOf } from './owned-file.ts'

export interface KeyFileOptions {
  /** How access tokens are signed, where the file has to be made; ES256 where nothing is said. */
  readonly alg?: SigningAlgorithm
}

/** The key set in this file; made, with mode 0600, where there is none. Throws `keys_invalid`, naming the file. */
export function openKeyFile(path: string, { alg = 'ES256' }: KeyFileOptions = {}): KeySet {
  if (!signingAlgorithms.includes(alg))
    throw new MisuseError('option_invalid', `alg must be one of ${signingAlgorithms.join(', ')}`)
  return read(path) ?? create(path, alg)
}

function read(path: string): KeySet | null {
  const text = textOf(path)
  if (text === null) return null
  if (isOpenToOthers(statSync(path).mode)) {
    throw new MisuseError('keys_invalid', `${path} can be read by others: chmod 600 ${path}`)
  }
  return parseKeySet(text, path)
}

/** Reads a key set from JSON text. `source` names it in the error, which never quotes it. Throws `keys_invalid`. */
export function parseKeySet(text: string, source: string): KeySet {
  const value = parsed(text)
  if (!Array.isArray(value?.refresh) || !Array.isArray(value.signing)) {
    throw new MisuseError('keys_invalid', `${source} does not hold a key set`)
  }
  return { refresh: value.refresh, signing: value.signing }
}

function parsed(text: string): Partial<KeySet> | null {
  try {
    return JSON.parse(text) as Partial<KeySet> | null
  } catch {
    // The parser's message would quote the text (I4).
    return null
  }
}

// Written under another name and then linked, so that a crash leaves a whole file or none, and of two processes that
// start together one makes it and both use it.
function create(path: string, alg: SigningAlgorithm): KeySet {
  const keys = generateKeys(alg)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  // In containers process ids repeat, so the draft's name does not rest on one.
  const draft = `${path}.${randomUUID()}.new`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, `${JSON.stringify(keys, null, 2)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  try {
    linkSync(draft, path)
    syncFolder(dirname(path))
    return keys
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error
    const kept = read(path)
    if (kept === null) throw new MisuseError('keys_invalid', `${path} is a link that leads nowhere`)
    return kept
  } finally {
    unlinkSync(draft)
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null
    throw new MisuseError('keys_invalid', `${path} cannot be read: ${systemCodeOf(error)}`)
  }
}
