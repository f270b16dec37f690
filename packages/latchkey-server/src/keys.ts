// Where a deployment's keys come from: the settings, the database (sealed with a secret, for all nodes), or the key file
// of a single node, which its first start makes.

import { existsSync } from 'node:fs'
import { MisuseError, type KeySet, type KeySource } from 'latchkey'
import { openKeyFile, parseKeySet } from 'latchkey/key-file'
import { keptKeys } from 'latchkey/kept-keys'
import type { Config } from './config.ts'

/** Whether this configuration keeps its keys in the key file. */
export const usesKeyFile = ({ keysText, secrets }: Config): boolean => keysText === undefined && secrets.length === 0

/** The deployment's keys, or where they are kept. Throws `keys_invalid`. */
export function keysOf(config: Config): KeySet | KeySource {
  const { keysText, keyFile, signingAlg: alg, database, secrets, signingKeyDays, keyLeadSeconds } = config
  if (keysText !== undefined) return parseKeySet(keysText, 'LATCHKEY_KEYS')
  const isOldDatabase = database.engine === 'sqlite' && existsSync(database.path)
  // Either way, other keys than those that an old database was used with would end every session in it.
  if (!usesKeyFile(config)) {
    if (isOldDatabase && existsSync(keyFile))
      throw invalid(`LATCHKEY_SECRET is set, but the keys are in ${keyFile}: unset it`)
    return keptKeys({ secrets, alg, rotateDays: signingKeyDays, leadSeconds: keyLeadSeconds })
  }
  // A first start makes the keys first, so looking in this order a neighbour's is never taken for a loss.
  if (isOldDatabase && !existsSync(keyFile)) {
    throw invalid(
      `${keyFile} is missing: restore it, or every session in ${database.path} ends; or set LATCHKEY_SECRET, where the keys are in the database`,
    )
  }
  return openKeyFile(keyFile, { alg })
}

const invalid = (message: string): MisuseError => new MisuseError('keys_invalid', message)
