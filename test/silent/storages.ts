// Storages that are not what they should be, for a tab's surroundings or for body mode.

import type { ClientStorage } from 'latchkey/client'
import { TabClock, type Browser } from './world/index.ts'

type Durable = ReturnType<Browser['storage']>

/** A durable storage, but for what is said to be otherwise. */
export const storageOf = (durable: Durable, more: Partial<ClientStorage> = {}): ClientStorage => ({
  read: (sessionId) => durable.read(sessionId),
  write: (kept) => durable.write(kept),
  remove: (sessionId) => durable.remove(sessionId),
  keepsKeys: true,
  ...more,
})

/** The same for body mode, under a name of its own and with the browser's lock; each tab needs one. */
export const bodyStorage = (browser: Browser, tab: number, clock = new TabClock(0)): ClientStorage =>
  storageOf(browser.storage('body'), {
    lock: (work, waitMs) => browser.locks.run('body', { tab, clock }, work, waitMs),
  })

/** What a browser says that lets this page keep nothing. */
export const refused = (): Promise<never> =>
  Promise.reject(new DOMException('The operation is insecure.', 'SecurityError'))
