// Opens what the server and the command line both work on: keys, sessions and users of one deployment.

import { createLatchkey, type EventName, type Latchkey } from 'latchkey'
import type { OnAuditTrouble } from './audit/queue.ts'
import type { AuditRows } from './audit/rows.ts'
import { AuditTrail } from './audit/trail.ts'
import type { ClientDirectory } from './clients/directory.ts'
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
  readonly clients: ClientDirectory
  readonly audit: AuditTrail
  /** For reading the trail. */
  readonly auditRows: Pick<AuditRows, 'list'>
  /** Finishes what was accepted and lets go of everything. */
  readonly close: () => Promise<void>
}

/** Who is told of what goes wrong beside the requests. */
export interface Observer {
  readonly onListenerError: (error: unknown, event: EventName) => void
  readonly onBroken: OnBroken
  readonly onAuditTrouble: OnAuditTrouble
}

/**
 * Opens a deployment, making on the first start what is missing; `actor` is who is said in the audit trail to do what this
 * process does. Throws a MisuseError that names what to mend, `store_unavailable`, or what the database says.
 */
export async function openDeployment(config: Config, observer: Observer, actor: 'cli' | 'server'): Promise<Deployment> {
  await rehearseSettings(config)
  const opened = new Opened()
  try {
    const keys = keysOf(config)
    const { store, directory, clients, auditRows } = await openStorage(config, observer.onBroken, opened)
    const { onListenerError, onAuditTrouble: onTrouble } = observer
    const withPlaces = config.auditAddresses === 'coarse'
    const audit = new AuditTrail(auditRows, { actor, withPlaces, days: config.auditDays, onTrouble })
    // Closed before the tables are, and after the engine.
    opened.add(() => audit.close())
    const latchkey = await createLatchkey({ ...engineOptions(config), store, keys, onListenerError })
    const passwords = new Passwords(config.hashesWaiting)
    opened.add(() => passwords.close())
    opened.add(() => latchkey.close())
    audit.watch(latchkey)
    const accounts = new Accounts(directory, passwords, latchkey, audit)
    const close = (): Promise<void> => opened.close()
    return { latchkey, directory, passwords, accounts, clients, audit, auditRows, close }
  } catch (error) {
    // What cannot be closed either is not worth more than why it was to be closed.
    await opened.close().catch(() => undefined)
    throw error
  }
}
