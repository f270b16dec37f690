// Opens what the server and the command line both work on: keys, sessions and users of one deployment.

import { createLatchkey, type EventName, type Latchkey } from 'latchkey'
import type { Config } from './config.ts'
import type { OnBroken } from './connections.ts'
import { keysOf } from './keys.ts'
import { engineOptions, rehearseSettings } from './rehearsal.ts'
import { Opened, openStorage } from './storage.ts'
import { Accounts } from './users/accounts.ts'
import type { UserDirectory } from './users/directory.ts'
import { Passwords } from './users/passwords.ts'

export interface Deployment {
  readonly latchkey: Latchkey
  readonly directory: UserDirectory
  readonly accounts: Accounts
  readonly passwords: Passwords
  /** Finishes what was accepted and lets go of everything. */
  readonly close: () => Promise<void>
}

/** Who is told of what goes wrong beside the requests. */
export interface Observer {
  readonly onListenerError: (error: unknown, event: EventName) => void
  readonly onBroken: OnBroken
}

/**
 * Opens a deployment, making on the first start what is missing. Throws a MisuseError that names what to mend,
 * `store_unavailable`, or what the database says.
 */
export async function openDeployment(config: Config, observer: Observer): Promise<Deployment> {
  await rehearseSettings(config)
  const opened = new Opened()
  try {
    const keys = keysOf(config)
    const { store, directory } = await openStorage(config, observer.onBroken, opened)
    const { onListenerError } = observer
    const latchkey = await createLatchkey({ ...engineOptions(config), store, keys, onListenerError })
    const passwords = new Passwords(config.hashesWaiting)
    opened.add(() => passwords.close())
    opened.add(() => latchkey.close())
    const accounts = new Accounts(directory, passwords, latchkey)
    return { latchkey, directory, passwords, accounts, close: () => opened.close() }
  } catch (error) {
    // What cannot be closed either is not worth more than why it was to be closed.
    await opened.close().catch(() => undefined)
    throw error
  }
}
