// A storage that never fails and never hangs: what was read or written last is in memory too, and stands in for one that
// does. The console says so once. Whether the last try failed can be asked: a key that cannot be read is not a lost one.

import { storageWaitMs } from './limits.ts'
import type { ClientPorts } from './ports.ts'
import { within } from './race.ts'
import type { ClientStorage, Kept } from './storage.ts'

type Lock = NonNullable<ClientStorage['lock']>

export interface SturdyStorage extends ClientStorage {
  readonly fails: boolean
  readonly lock: Lock
}

/** The storage, made sturdy; memory alone where there is none. */
export const sturdy = (ports: Pick<ClientPorts, 'after'>, real: ClientStorage | undefined): SturdyStorage => {
  let last: Kept | null = null
  let isUnsaved: boolean | undefined
  let warned: boolean | undefined
  const use = async <Result>(work: (storage: ClientStorage) => Promise<Result>): Promise<Result | undefined> => {
    if (!real) return undefined
    try {
      const result = await within(ports, storageWaitMs, () => work(real))
      self.fails = false
      return result
    } catch (error) {
      self.fails = true
      if (!warned) console.warn('latchkey: storage', error)
      warned = true
    }
    return undefined
  }
  const self: SturdyStorage & { fails: boolean } = {
    fails: false,
    lock: async (work, waitMs) => (real?.lock ? real.lock(work, waitMs) : work()),
    read: async (sessionId?: string) => {
      const kept = await use((storage) => storage.read(sessionId))
      // What could not be written is fresher, and of its own session alone.
      const isLast = (kept?.sessionId ?? sessionId ?? last?.sessionId) === last?.sessionId
      if (kept !== undefined && !(isUnsaved && isLast)) last = kept
      return !sessionId || last?.sessionId === sessionId ? last : null
    },
    write: async (kept: Kept) => {
      last = kept
      await use((storage) => storage.write(kept))
      isUnsaved = self.fails
    },
    remove: async (sessionId: string) => {
      if (last?.sessionId === sessionId) last = null
      await use((storage) => storage.remove(sessionId))
    },
  }
  return self
}
