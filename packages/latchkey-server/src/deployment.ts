// Opens what the server and the command line both work on: keys, sessions and users of one data folder.

import { existsSync, mkdirSync } from 'node:fs'
import { createLatchkey, MisuseError, type EventName, type KeySet, type Latchkey } from 'latchkey'
import { openKeyFile, parseKeySet } from 'latchkey/key-file'
import { sqliteStore } from 'latchkey/sqlite'
import type { Config } from './config.ts'
import { rehearseSettings } from './rehearsal.ts'
import { Accounts } from './users/accounts.ts'
import { UserDirectory } from './users/directory.ts'
import { Passwords } from './users/passwords.ts'

export interface Deployment {
  readonly latchkey: Latchkey
  readonly directory: UserDirectory
  readonly accounts: Accounts
  readonly passwords: Passwords
  /** Finishes what was accepted and lets go of everything. */
  readonly close: () => Promise<void>
}

/** Opens a deployment, making on the first start what is missing. Throws a MisuseError that names what to mend. */
export async function openDeployment(
  config: Config,
  onListenerError: (error: unknown, event: EventName) => void,
): Promise<Deployment> {
  await rehearseSettings(config)
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const keys = keysOf(config)
  const { issuer, audience, policy } = config
  const directory = new UserDirectory(config.databasePath)
  const latchkey = await createLatchkey({
    ...policy,
    issuer,
    ...(audience.length === 0 ? {} : { audience }),
    store: sqliteStore(config.databasePath),
    keys,
    onListenerError,
  })
  const passwords = new Passwords(config.hashesWaiting)
  const close = async (): Promise<void> => {
    await latchkey.close()
    await passwords.close()
    directory.close()
  }
  return { latchkey, directory, passwords, accounts: new Accounts(directory, passwords, latchkey), close }
}

/** The deployment's keys: from the settings, or from the key file, which a first start makes. Throws `keys_invalid`. */
export function keysOf({ keysText, keyFile, signingAlg: alg, databasePath }: Config): KeySet {
  if (keysText !== undefined) return parseKeySet(keysText, 'LATCHKEY_KEYS')
  // New keys beside an old database would end every session in it.
  // A first start makes the keys first, so looking in this order a neighbour's is never taken for a loss.
  if (existsSync(databasePath) && !existsSync(keyFile)) {
    throw new MisuseError('keys_invalid', `${keyFile} is missing: restore it, or every session in ${databasePath} ends`)
  }
  return openKeyFile(keyFile, { alg })
}
