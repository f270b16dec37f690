// Starts an engine on an empty store in memory and stops it again, so that whatever is wrong with the settings or the
// keys shows before a folder, a file or a row is touched.

import { createLatchkey, generateKeys, MisuseError, type Identity, type KeySet } from 'latchkey'
import { memoryStore } from 'latchkey/memory'
import { parseKeySet } from 'latchkey/key-file'
import { ConfigError, inSettings, type Config } from './config.ts'

/** Tries keys against the settings and, where it is given, against what a database says of itself. Throws a MisuseError. */
export async function rehearse(config: Config, keys: KeySet, identity?: Identity): Promise<void> {
  const { issuer, audience, policy } = config
  const store = memoryStore()
  if (identity !== undefined) await store.identify(identity)
  const latchkey = await createLatchkey({
    ...policy,
    issuer,
    ...(audience.length === 0 ? {} : { audience }),
    store,
    keys,
  })
  await latchkey.close()
}

/** Throws ConfigError where the settings, the keys among them, cannot be used. */
export async function rehearseSettings(config: Config): Promise<void> {
  try {
    const { keysText } = config
    await rehearse(config, keysText === undefined ? generateKeys() : parseKeySet(keysText, 'LATCHKEY_KEYS'))
  } catch (error) {
    throw error instanceof MisuseError ? new ConfigError(inSettings(error.message)) : error
  }
}
