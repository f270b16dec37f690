// Starts an engine on an empty store in memory and stops it again, so that whatever is wrong with the settings or the
// keys shows before a folder, a file or a row is touched.

import { createLatchkey, generateKeys, MisuseError, type Latchkey } from 'latchkey'
import type { Identity, KeySet, KeySource, LatchkeyOptions, SealedKeys } from 'latchkey'
import { parseKeySet } from 'latchkey/key-file'
import { keptKeys } from 'latchkey/kept-keys'
import { memoryStore } from 'latchkey/memory'
import { ConfigError, type Config } from './config.ts'
import { inSettings } from './settings.ts'

/** What the settings say to the engine. */
export function engineOptions({
  issuer,
  audience,
  policy,
  whenFeedLost,
}: Config): Omit<LatchkeyOptions, 'store' | 'keys'> {
  return { ...policy, issuer, whenFeedLost, ...(audience.length === 0 ? {} : { audience }) }
}

/** What a database says of itself. */
export interface Found {
  readonly identity?: Identity
  readonly sealedKeys?: SealedKeys | null
}

/** Tries keys against the settings and what was found in a database; what the keys then are. Throws a MisuseError. */
export async function rehearse(
  config: Config,
  keys: KeySet | KeySource,
  { identity, sealedKeys }: Found = {},
): Promise<ReturnType<Latchkey['keys']>> {
  const store = memoryStore()
  if (identity !== undefined) await store.identify(identity)
  if (sealedKeys) await store.writeKeys(sealedKeys.text, 0)
  const latchkey = await createLatchkey({ ...engineOptions(config), store, keys })
  const listed = latchkey.keys()
  await latchkey.close()
  return listed
}

/** Throws ConfigError where the settings, the keys among them, cannot be used. */
export async function rehearseSettings(config: Config): Promise<void> {
  try {
    await rehearse(config, keysToTry(config))
  } catch (error) {
    throw error instanceof MisuseError ? new ConfigError(inSettings(error.message)) : error
  }
}

function keysToTry({ keysText, secrets }: Config): KeySet | KeySource {
  if (keysText !== undefined) return parseKeySet(keysText, 'LATCHKEY_KEYS')
  return secrets.length > 0 ? keptKeys({ secrets }) : generateKeys()
}
